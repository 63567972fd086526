import type { KubeApi } from "../kube-api/kube-api.ts";
import { mapConcurrently } from "../kube-api/map-concurrently.ts";
import { ROOT_CONFIG_MAP } from "../mesh/names.ts";
import { CloudError } from "../model/error.ts";
import type { LiveManifest } from "../model/manifest.ts";
import { groupOf, refKey, refOf } from "../model/ref.ts";
import type { KindContents, NamespaceContents } from "../model/termination.ts";

/** Kinds that are listed at a time. */
const KINDS_AT_ONCE = 8;

/** Names that are told of each kind. */
const MAX_NAMES = 5;

/**
 * What is in a namespace beside a cloud's own objects, of every kind that the cluster knows. Left out is what the control
 * plane puts into every namespace, or that of a mesh, and what goes with its owner there: the pods of a Deployment are told
 * as that.
 *
 * Labels count for nothing, since whoever may write an object may put ours on it.
 *
 * @param ours - `refKey`s of the cloud's objects.
 * @throws {@link CloudError} as listing does: where one kind cannot be seen, nobody knows what is there.
 */
export async function findContents(
  api: KubeApi,
  namespace: string,
  ours: ReadonlySet<string>,
): Promise<NamespaceContents> {
  const kinds = await api.namespacedKinds();
  const lists = await mapConcurrently(kinds, KINDS_AT_ONCE, (kind) =>
    api.list(kind, { namespace }).catch((cause) => {
      throw cause instanceof CloudError && cause.code === "FORBIDDEN"
        ? unseen(api, namespace, kind.kind, cause)
        : cause;
    }),
  );
  const found = [...new Map(lists.flat().map((live) => [live.metadata.uid, live])).values()];
  const present = new Set(found.map(({ metadata }) => metadata.uid));
  const services = new Set(found.filter(isService).map(({ metadata }) => metadata.name));
  const others = found.filter(
    (live) =>
      !ours.has(refKey(refOf(live))) &&
      !isOwned(live, present) &&
      !isAutomatic(live) &&
      !(isCore(live, "Endpoints") && services.has(live.metadata.name)),
  );
  return { namespace, kinds: countKinds(others) };
}

const isCore = ({ apiVersion, kind }: LiveManifest, wanted: string): boolean =>
  groupOf(apiVersion) === "" && kind === wanted;

const isService = (live: LiveManifest): boolean => isCore(live, "Service");

/** What the control plane makes in every namespace, and makes again; and what a mesh leaves in its cloud's. */
function isAutomatic(live: LiveManifest): boolean {
  const { name } = live.metadata;
  return (
    live.kind === "Event" ||
    (isCore(live, "ServiceAccount") && name === "default") ||
    (isCore(live, "ConfigMap") && (name === "kube-root-ca.crt" || name === ROOT_CONFIG_MAP))
  );
}

function isOwned({ metadata }: LiveManifest, present: ReadonlySet<string>): boolean {
  const { ownerReferences = [] } = metadata as { readonly ownerReferences?: readonly { readonly uid: string }[] };
  return ownerReferences.some(({ uid }) => present.has(uid));
}

function countKinds(objects: readonly LiveManifest[]): readonly KindContents[] {
  const byKind = new Map<string, { readonly apiVersion: string; readonly kind: string; readonly names: string[] }>();
  for (const { apiVersion, kind, metadata } of objects) {
    const key = `${kind} ${apiVersion}`;
    const known = byKind.get(key) ?? { apiVersion, kind, names: [] };
    byKind.set(key, known);
    known.names.push(metadata.name);
  }
  return [...byKind.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { apiVersion, kind, names }]) => ({
      apiVersion,
      kind,
      count: names.length,
      names: names.sort().slice(0, MAX_NAMES),
    }));
}

function unseen({ cluster }: KubeApi, namespace: string, kind: string, cause: CloudError): CloudError {
  const what = `${kind} may not be listed, so nobody knows what goes with namespace ${namespace}`;
  return new CloudError("FORBIDDEN", `${cluster}: ${what}; use a context that may see all in it`, { cause });
}
