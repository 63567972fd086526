import type { KubeApi } from "../../kube-api/kube-api.ts";
import { isInjected } from "../../mesh/injectors.ts";
import { REVISION_LABEL, ROOT_CONFIG_MAP } from "../../mesh/names.ts";
import type { Failure } from "../../model/change.ts";
import type { LiveManifest } from "../../model/manifest.ts";
import type { SharedMeshStatus } from "../../model/mesh-status.ts";
import type { Ref } from "../../model/ref.ts";
import type { RenderedCluster } from "../../rendered/rendered-cluster.ts";
import { attempt, type Seen } from "./attempt.ts";
import { type SharedCloud, sharedClouds } from "./shared-clouds.ts";

/** What gives pods their proxies. */
export const INJECTORS = { apiVersion: "admissionregistration.k8s.io/v1", kind: "MutatingWebhookConfiguration" };

/** What a control plane puts into each namespace that it looks after. */
export const rootRef = (namespace: string): Ref => ({
  ...{ apiVersion: "v1", kind: "ConfigMap", namespace },
  name: ROOT_CONFIG_MAP,
});

/**
 * Look whether the control planes that clouds share are there for them. They are somebody else's, so no more is looked at.
 *
 * @returns By cloud.
 * @throws {@link CloudError} that concerns the whole cluster.
 */
export async function inspectShared(
  api: KubeApi,
  cluster: RenderedCluster,
): Promise<ReadonlyMap<string, SharedMeshStatus>> {
  const clouds = sharedClouds(cluster);
  if (clouds.length === 0) return new Map();
  const unseen: Failure[] = [];
  const injectors = await attempt(api, unseen, () => api.list(INJECTORS));
  const found = clouds.map(async (cloud) => {
    const status = await inspectOne(api, cloud, injectors);
    return [cloud.name, { ...status, failures: [...unseen, ...status.failures] }] as const;
  });
  return new Map(await Promise.all(found));
}

/** Of a mesh on a cluster that cannot be asked. */
export const unknownShared = (revision: string): SharedMeshStatus => ({
  ...{ revision, state: "unknown", remarks: [], failures: [] },
});

async function inspectOne(
  api: KubeApi,
  { revision, namespaces }: SharedCloud,
  injectors: Seen<readonly LiveManifest[]>,
): Promise<SharedMeshStatus> {
  const failures: Failure[] = [];
  const looks = await Promise.all(namespaces.map((namespace) => lookAt(api, namespace, failures)));
  const there = looks.flatMap(({ name, labels, isRooted }) => (labels === undefined ? [] : { name, labels, isRooted }));
  if (!injectors.isSeen || there.length === 0) return { ...unknownShared(revision), failures };
  const uninjected = there.filter(({ labels }) => !isInjected(injectors.value, labels));
  const unrooted = there.filter(({ isRooted }) => isRooted === false);
  if (uninjected.length > 0) {
    const what = `nothing gives pods in ${namesOf(uninjected)} a proxy by ${REVISION_LABEL}=${revision}`;
    const remedy = "have whoever runs that mesh install its control plane, or that tag, in this cluster";
    return { revision, state: "missing", remarks: [`${what}; ${remedy}`], failures };
  }
  const what = `no ConfigMap/${ROOT_CONFIG_MAP} in ${namesOf(unrooted)}, so its control plane does not look after it`;
  const remedy = "does it run, and by which labels does it find namespaces (discoveryLabels)?";
  return { revision, state: "available", remarks: unrooted.length === 0 ? [] : [`${what}; ${remedy}`], failures };
}

/** What of a namespace was seen; undefined where it was not, or where there is none. */
async function lookAt(api: KubeApi, name: string, failures: Failure[]) {
  const [live, root] = await Promise.all([
    attempt(api, failures, () => api.get({ apiVersion: "v1", kind: "Namespace", name })),
    attempt(api, failures, () => api.get(rootRef(name))),
  ]);
  const labels = live.isSeen && live.value !== undefined ? (live.value.metadata.labels ?? {}) : undefined;
  return { name, labels, isRooted: root.isSeen ? root.value !== undefined : undefined };
}

const namesOf = (namespaces: readonly { readonly name: string }[]): string =>
  namespaces.map(({ name }) => name).join(", ");
