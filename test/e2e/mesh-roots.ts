import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import { ROOT_CONFIG_MAP, ROOTS_KEY } from "../../src/mesh/names.ts";

/** PEM of what a namespace's workloads trust. */
export async function rootOf(api: KubeApi, namespace: string): Promise<string | undefined> {
  const found = await api.get({ apiVersion: "v1", kind: "ConfigMap", namespace, name: ROOT_CONFIG_MAP });
  const data = found?.["data"] as Record<string, string> | undefined;
  return data?.[ROOTS_KEY];
}

/** Names of all namespaces that have a root certificate, sorted. */
export async function namespacesWithRoots(api: KubeApi): Promise<readonly string[]> {
  const maps = await api.list({ apiVersion: "v1", kind: "ConfigMap" });
  return maps.flatMap(({ metadata }) => (metadata.name === ROOT_CONFIG_MAP ? (metadata.namespace ?? []) : [])).sort();
}
