import type { KubeApi } from "../kube-api/kube-api.ts";
import { subjectsOf } from "../model/binding-subjects.ts";
import { CloudError, concernsCluster } from "../model/error.ts";
import { CLOUD_LABEL } from "../model/labels.ts";
import type { LiveManifest } from "../model/manifest.ts";
import { formatRef, type Ref, refKey, refOf } from "../model/ref.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import type { DescribeSubject } from "./key-owners.ts";

const RBAC = "rbac.authorization.k8s.io/v1";

/** A binding that names somebody whom it does not name in dist/. */
export interface Bound {
  readonly ref: Ref;
  /** Whose binding it is. */
  readonly cloud: string;
  /** Their names in the cluster, which may be none; of a ServiceAccount with its namespace. */
  readonly subjects: readonly string[];
}

/** What is known of the bindings of a cluster. */
export interface Bindings {
  readonly bound: readonly Bound[];
  readonly unlisted: readonly UnlistedKind[];
}

/** A kind of bindings that could not be listed, so that nobody knows whom they name. */
interface UnlistedKind {
  readonly kind: string;
  readonly cause: CloudError;
}

/**
 * Whom the bindings of a cloud still name in a cluster, and name in dist/ no longer: they have not lost access there yet.
 *
 * @throws {@link CloudError} that concerns the whole cluster.
 */
export async function findBound(api: KubeApi, cluster: RenderedCluster, cloud: string): Promise<Bindings> {
  const manifests = cluster.units.find((unit) => unit.cloud === cloud)?.manifests ?? [];
  const wanted = new Map(manifests.map((manifest) => [refKey(refOf(manifest)), new Set(subjectsOf(manifest))]));
  const { found, unlisted } = await listBindings(api, `${CLOUD_LABEL}=${cloud}`);
  const bound = found.flatMap((live) => {
    const ref = refOf(live);
    const here = wanted.get(refKey(ref));
    const subjects = subjectsOf(live).filter((subject) => here?.has(subject) !== true);
    return here === undefined || subjects.length > 0 ? [{ ref, cloud, subjects }] : [];
  });
  return { bound, unlisted };
}

/**
 * Bindings of clouds that dist/ does not have in a cluster. An agent that has let go of a unit without what it held, as Flux
 * does of one that rests, takes them away no more.
 *
 * @throws {@link CloudError} that concerns the whole cluster.
 */
export async function findOrphaned(api: KubeApi, cluster: RenderedCluster): Promise<Bindings> {
  const clouds = new Set(cluster.units.map(({ cloud }) => cloud));
  const { found, unlisted } = await listBindings(api, CLOUD_LABEL);
  const bound = found.flatMap((live) => {
    const cloud = live.metadata.labels?.[CLOUD_LABEL];
    return cloud === undefined || clouds.has(cloud) ? [] : [{ ref: refOf(live), cloud, subjects: subjectsOf(live) }];
  });
  return { bound, unlisted };
}

const BINDINGS = ["ClusterRoleBinding", "RoleBinding"].map((kind) => ({ apiVersion: RBAC, kind }));

/** Whoever may not list some of them is told about the others: that is no reason to give nobody access. */
async function listBindings(
  api: KubeApi,
  labelSelector: string,
): Promise<Pick<Bindings, "unlisted"> & { readonly found: readonly LiveManifest[] }> {
  const lists = await Promise.all(
    BINDINGS.map(async (kind) => {
      try {
        return await api.list(kind, { labelSelector });
      } catch (error) {
        if (!(error instanceof CloudError) || concernsCluster(error)) throw error;
        return { kind: kind.kind, cause: error };
      }
    }),
  );
  return {
    found: lists.flatMap((each) => ("cause" in each ? [] : each)),
    unlisted: lists.flatMap((each) => ("cause" in each ? [each] : [])),
  };
}

/** As in `RoleBinding/shop/lc:shop:edit (lc-users/shop-ben)`. */
export const formatBound = ({ ref, subjects }: Omit<Bound, "cloud">): string =>
  subjects.length === 0 ? formatRef(ref) : `${formatRef(ref)} (${subjects.join(", ")})`;

/** The same, with whose keys groups stand for. */
export async function describeBound({ ref, cloud, subjects }: Bound, describe: DescribeSubject): Promise<string> {
  return formatBound({ ref, subjects: await Promise.all(subjects.map((subject) => describe(subject, cloud))) });
}

/** As in `RoleBinding could not be listed, so nobody knows whose access is not yet withdrawn`. */
export const formatUnlisted = (kinds: readonly string[]): string =>
  `${kinds.join(" and ")} could not be listed, so nobody knows whose access is not yet withdrawn`;
