import { endOf } from "../../dns/check-zone.ts";
import type { CloudZone } from "../../dns/cluster-dns.ts";
import type { KubeApi } from "../../kube-api/kube-api.ts";

/**
 * The namespace that a zone would hide from, or be hidden by: pods ask for `web.shop` as `web.shop.svc.cluster.local`
 * first. That of a cloud whose zone is the name of its own first namespace answers the same.
 *
 * @param namespaces - All of the cluster.
 */
export function findShadow({ zone, namespaces: own }: CloudZone, namespaces: ReadonlySet<string>): string | undefined {
  const last = endOf(zone);
  const isOwn = last === zone && last === own[0];
  return namespaces.has(last) && !isOwn ? last : undefined;
}

/** Names of all namespaces of a cluster. */
export async function listNamespaces(api: KubeApi): Promise<ReadonlySet<string>> {
  const found = await api.list({ apiVersion: "v1", kind: "Namespace" });
  return new Set(found.map(({ metadata }) => metadata.name));
}

/**
 * Services of a cloud's first namespace that are called as another one of its namespaces: `<service>.<namespace>.<zone>`
 * and the endpoints of `<service>.<zone>` are then the same name.
 */
export async function findHiddenNamespaces(
  api: KubeApi,
  { mode, namespaces: [first, ...others] }: CloudZone,
): Promise<readonly string[]> {
  if (mode !== "rewrite" || first === undefined || others.length === 0) return [];
  const services = await api.list({ apiVersion: "v1", kind: "Service" }, { namespace: first });
  return services.map(({ metadata }) => metadata.name).filter((name) => others.includes(name));
}
