import { CloudError, type ErrorCode } from "../../src/model/error.ts";
import type { LiveManifest, Manifest } from "../../src/model/manifest.ts";
import { formatRef, refOf } from "../../src/model/ref.ts";
import type { FakeCluster } from "../fakes/fake-cluster.ts";
import {
  binding,
  cloudObjects,
  devRole,
  group,
  isolation,
  namespaceOf,
  quota,
  rendered,
  type Subject,
} from "./rendered.ts";

export const [ana, ben] = [group("lc:k:ana"), group("lc:k:ben")];
export const edit = { kind: "ClusterRole", name: "edit" };
export const operators = (...subjects: Subject[]) => binding("shop", "lc:shop:operate:edit", "shop", edit, subjects);
export const lookers = binding("shop", "lc:shop:look:view", "shop", { kind: "ClusterRole", name: "view" }, [ana]);
const accounts = cloudObjects("shop").filter(({ kind }) => kind === "ServiceAccount");
export const policy = isolation("shop");
export const others = [namespaceOf("shop"), ...accounts, quota("shop", "5"), policy];
export const cloud = (...manifests: readonly Manifest[]) => rendered({ bank: cloudObjects("bank"), shop: manifests });

/** Ana may operate and look, and then no more; the role is narrowed. */
export const before = cloud(...others, devRole("shop", "shop", ["get", "delete"]), operators(ana, ben), lookers);
export const after = cloud(...others, devRole("shop", "shop", ["get"]), operators(ben));

export function liveOf(cluster: FakeCluster, manifest: Manifest): LiveManifest {
  const live = cluster.find(refOf(manifest));
  if (live === undefined) throw new Error(`there is no ${formatRef(refOf(manifest))}`);
  return live;
}

/** Whoever is in a binding of the namespace. */
export async function subjectsIn(cluster: FakeCluster, namespace: string): Promise<readonly unknown[]> {
  const bindings = await cluster.behind("reader").list(lookers, { namespace });
  return bindings.flatMap((each) => each["subjects"] ?? []);
}

export async function relabel(cluster: FakeCluster, manifest: Manifest, labels: Record<string, string>): Promise<void> {
  const live = liveOf(cluster, manifest);
  await cluster.behind("ana").replace({ ...live, metadata: { ...live.metadata, labels } });
}

/** Deletes an object of ours and puts another one in its place. */
export async function supplant(cluster: FakeCluster, manifest: Manifest): Promise<LiveManifest> {
  cluster.remove(refOf(manifest));
  return cluster.behind("ana").create(manifest);
}

/** Lets one kind of call for one object fail. */
export function breakCall(cluster: FakeCluster, verb: string, manifest: Manifest, code: ErrorCode): void {
  const ref = formatRef(refOf(manifest));
  cluster.before = (request) => {
    if (request.verb === verb && formatRef(request.ref) === ref) throw new CloudError(code, `east: ${ref} failed`);
  };
}
