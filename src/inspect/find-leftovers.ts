import type { KubeApi } from "../kube-api/kube-api.ts";
import { mapConcurrently } from "../kube-api/map-concurrently.ts";
import { subjectsOf } from "../model/binding-subjects.ts";
import { type Failure, failureOf } from "../model/change.ts";
import { type Kind, kindsToSearch } from "../model/cloud-kinds.ts";
import { CloudError, concernsCluster } from "../model/error.ts";
import type { Inventory } from "../model/inventory.ts";
import { CLOUD_LABEL, MANAGED_BY, MANAGED_BY_LABEL } from "../model/labels.ts";
import { isBinding } from "../model/policy-rule.ts";
import { type Ref, refKey, refOf } from "../model/ref.ts";
import type { ClusterStatus, Leftover } from "../model/status.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";

type Found = Pick<ClusterStatus, "leftovers" | "failures">;

/**
 * What we have in a cluster that dist/ has no longer, by the inventories and by the labels of namespaces, which outlive
 * their clouds.
 *
 * @throws {@link CloudError} that concerns the whole cluster.
 */
export async function findLeftovers(
  api: KubeApi,
  cluster: RenderedCluster,
  inventories: readonly Inventory[],
): Promise<Found> {
  const wanted = wantedOf(cluster);
  const found = new Map<string, Leftover>();
  const add = (each: Leftover): void => {
    const key = refKey(each.ref);
    if (!wanted.has(key)) found.set(key, each);
  };
  for (const { cloud, entries } of inventories) for (const { ref } of entries) add(leftover(ref, cloud));
  try {
    const kind = { apiVersion: "v1", kind: "Namespace" };
    const namespaces = await api.list(kind, { labelSelector: `${MANAGED_BY_LABEL}=${MANAGED_BY}` });
    for (const { metadata } of namespaces) {
      add(leftover({ ...kind, name: metadata.name }, metadata.labels?.[CLOUD_LABEL]));
    }
  } catch (error) {
    if (!(error instanceof CloudError) || concernsCluster(error)) throw error;
    return { leftovers: [...found.values()], failures: [failureOf(error, api.cluster)] };
  }
  return { leftovers: [...found.values()], failures: [] };
}

/**
 * The same where an agent delivers, which has no inventories of ours: by our labels, among the kinds that clouds have and
 * those that are rendered. Secrets are not listed, since that reads what is in them.
 *
 * @throws {@link CloudError} that concerns the whole cluster.
 */
export async function findLabelled(api: KubeApi, cluster: RenderedCluster): Promise<Found> {
  const wanted = wantedOf(cluster);
  const failures: Failure[] = [];
  const lists = await mapConcurrently(searchedKinds(cluster), KINDS_AT_ONCE, async (kind) => {
    try {
      return await api.list(kind, { labelSelector: `${MANAGED_BY_LABEL}=${MANAGED_BY}` });
    } catch (error) {
      if (!(error instanceof CloudError) || concernsCluster(error)) throw error;
      failures.push(failureOf(error, api.cluster));
      return [];
    }
  });
  const left = lists.flat().filter((live) => !wanted.has(refKey(refOf(live))));
  return {
    leftovers: left.map((live) => leftover(refOf(live), live.metadata.labels?.[CLOUD_LABEL], subjectsOf(live))),
    failures,
  };
}

const KINDS_AT_ONCE = 4;

/** Kinds among which {@link findLabelled} looks. */
export const searchedKinds = ({ units }: RenderedCluster): readonly Kind[] =>
  kindsToSearch(units.flatMap(({ manifests }) => manifests)).filter(({ kind }) => kind !== "Secret");

const wantedOf = ({ units }: RenderedCluster): ReadonlySet<string> =>
  new Set(units.flatMap(({ manifests }) => manifests.map((each) => refKey(refOf(each)))));

const leftover = (ref: Ref, cloud: string | undefined, subjects: readonly string[] = []): Leftover => ({
  ref,
  ...(cloud === undefined ? {} : { cloud }),
  ...(isBinding(ref) ? { access: subjects } : {}),
});
