import type { CloudZone } from "../../dns/cluster-dns.ts";
import { POINTER_KINDS } from "../../dns/pointers.ts";
import type { KubeApi } from "../../kube-api/kube-api.ts";
import { listVisible } from "../../kube-api/list-visible.ts";
import type { LiveManifest } from "../../model/manifest.ts";

/** What there is in a cluster that has to do with names of zones. */
export interface LiveNames {
  /** Names of all namespaces. */
  readonly namespaces: ReadonlySet<string>;
  /** Services and EndpointSlices, of all namespaces or of those that may be seen. */
  readonly objects: readonly LiveManifest[];
  /** What may not be seen. */
  readonly remarks: readonly string[];
}

/**
 * Read what zones are judged by.
 *
 * @param zones - Where not all namespaces may be read, those of these zones are.
 * @throws {@link CloudError}
 */
export async function readNames(api: KubeApi, zones: readonly CloudZone[]): Promise<LiveNames> {
  const own = [...new Set(zones.flatMap(({ namespaces }) => namespaces))].sort();
  const [namespaces, ...visible] = await Promise.all([
    api.list({ apiVersion: "v1", kind: "Namespace" }),
    ...POINTER_KINDS.map(async (kind) => ({ kind, seen: await listVisible(api, kind, own) })),
  ]);
  return {
    namespaces: new Set(namespaces.map(({ metadata }) => metadata.name)),
    objects: visible.flatMap(({ seen }) => seen.objects),
    remarks: visible.flatMap(({ kind: { kind }, seen: { limit } }) =>
      limit === undefined ? [] : [unseenRemark(kind, limit.namespaces)],
    ),
  };
}

function unseenRemark(kind: string, namespaces: readonly string[]): string {
  const where = namespaces.length === 0 ? "nowhere" : `in ${namespaces.join(", ")} alone`;
  const unseen = `${kind}s may be listed ${where}, so what points into a zone from elsewhere is not seen`;
  return `${unseen}; lcloud roles --role dns prints the rights for that`;
}
