import type { CloudZone } from "../../dns/cluster-dns.ts";
import { canHide, hiddenNamespaces } from "../../dns/shadows.ts";
import type { KubeApi } from "../../kube-api/kube-api.ts";

/** Names of all namespaces of a cluster. */
export async function listNamespaces(api: KubeApi): Promise<ReadonlySet<string>> {
  const found = await api.list({ apiVersion: "v1", kind: "Namespace" });
  return new Set(found.map(({ metadata }) => metadata.name));
}

/** {@link hiddenNamespaces}, by the Services that there are. */
export async function findHiddenNamespaces(api: KubeApi, zone: CloudZone): Promise<readonly string[]> {
  const [namespace] = zone.namespaces;
  if (namespace === undefined || !canHide(zone)) return [];
  const services = await api.list({ apiVersion: "v1", kind: "Service" }, { namespace });
  return hiddenNamespaces(
    zone,
    services.map(({ metadata }) => metadata.name),
  );
}
