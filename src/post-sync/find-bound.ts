import type { KubeApi } from "../kube-api/kube-api.ts";
import { subjectsOf } from "../model/binding-subjects.ts";
import { CLOUD_LABEL } from "../model/labels.ts";
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
  const lists = await Promise.all(
    ["ClusterRoleBinding", "RoleBinding"].map((kind) =>
      api.list({ apiVersion: RBAC, kind }, { labelSelector: `${CLOUD_LABEL}=${cloud}` }),
    ),
  );
  return lists.flat().flatMap((live) => {
    const ref = refOf(live);
    const here = wanted.get(refKey(ref));
    const subjects = subjectsOf(live).filter((subject) => here?.has(subject) !== true);
    return here === undefined || subjects.length > 0 ? [{ ref, subjects }] : [];
  });
}

/** As in `RoleBinding/shop/lc:shop:edit (lc:shop:ben)`. */
export const formatBound = ({ ref, subjects }: Bound): string =>
  subjects.length === 0 ? formatRef(ref) : `${formatRef(ref)} (${subjects.join(", ")})`;
