import type { KubeApi } from "../kube-api/kube-api.ts";
import { CLOUD_LABEL } from "../model/labels.ts";
import { type Ref, refKey, refOf } from "../model/ref.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";

const RBAC = "rbac.authorization.k8s.io/v1";

/**
 * Bindings of a cloud that a cluster still has and dist/ has no longer: whom they name has not lost access there yet.
 *
 * @throws {@link CloudError} as listing does.
 */
export async function findBound(api: KubeApi, cluster: RenderedCluster, cloud: string): Promise<readonly Ref[]> {
  const manifests = cluster.units.find((unit) => unit.cloud === cloud)?.manifests ?? [];
  const wanted = new Set(manifests.map((manifest) => refKey(refOf(manifest))));
  const lists = await Promise.all(
    ["ClusterRoleBinding", "RoleBinding"].map((kind) =>
      api.list({ apiVersion: RBAC, kind }, { labelSelector: `${CLOUD_LABEL}=${cloud}` }),
    ),
  );
  return lists
    .flat()
    .map(refOf)
    .filter((ref) => !wanted.has(refKey(ref)));
}
