import type { KubeApi } from "../kube-api/kube-api.ts";
import { subjectsOf } from "../model/binding-subjects.ts";
import { CLOUD_LABEL } from "../model/labels.ts";
import type { LiveManifest } from "../model/manifest.ts";
import { formatRef, type Ref, refKey, refOf } from "../model/ref.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";

const RBAC = "rbac.authorization.k8s.io/v1";

/** A binding that names somebody whom it does not name in dist/. */
export interface Bound {
  readonly ref: Ref;
  /** Their names in the cluster, which may be none; of a ServiceAccount with its namespace. */
  readonly subjects: readonly string[];
}

/**
 * Whom the bindings of a cloud still name in a cluster, and name in dist/ no longer: they have not lost access there yet.
 *
 * @throws {@link CloudError} as listing does.
 */
export async function findBound(api: KubeApi, cluster: RenderedCluster, cloud: string): Promise<readonly Bound[]> {
  const manifests = cluster.units.find((unit) => unit.cloud === cloud)?.manifests ?? [];
  const wanted = new Map(manifests.map((manifest) => [refKey(refOf(manifest)), new Set(subjectsOf(manifest))]));
  return (await listBindings(api, `${CLOUD_LABEL}=${cloud}`)).flatMap((live) => {
    const ref = refOf(live);
    const here = wanted.get(refKey(ref));
    const subjects = subjectsOf(live).filter((subject) => here?.has(subject) !== true);
    return here === undefined || subjects.length > 0 ? [{ ref, subjects }] : [];
  });
}

/**
 * Bindings of clouds that dist/ does not have in a cluster. An agent that has let go of a unit without what it held, as Flux
 * does of one that rests, takes them away no more.
 *
 * @throws {@link CloudError} as listing does.
 */
export async function findOrphaned(api: KubeApi, cluster: RenderedCluster): Promise<readonly Bound[]> {
  const clouds = new Set(cluster.units.map(({ cloud }) => cloud));
  return (await listBindings(api, CLOUD_LABEL))
    .filter(({ metadata }) => !clouds.has(metadata.labels?.[CLOUD_LABEL]))
    .map((live) => ({ ref: refOf(live), subjects: subjectsOf(live) }));
}

async function listBindings(api: KubeApi, labelSelector: string): Promise<readonly LiveManifest[]> {
  const kinds = ["ClusterRoleBinding", "RoleBinding"].map((kind) => ({ apiVersion: RBAC, kind }));
  return (await Promise.all(kinds.map((kind) => api.list(kind, { labelSelector })))).flat();
}

/** As in `RoleBinding/shop/lc:shop:edit (lc:shop:ben)`. */
export const formatBound = ({ ref, subjects }: Bound): string =>
  subjects.length === 0 ? formatRef(ref) : `${formatRef(ref)} (${subjects.join(", ")})`;
