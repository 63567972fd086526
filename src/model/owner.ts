import { CLOUD_LABEL, FIELD_MANAGER, MANAGED_BY, MANAGED_BY_LABEL } from "./labels.ts";
import type { LiveManifest, LiveMeta } from "./manifest.ts";

/**
 * Whether an object carries the labels of a cloud's objects.
 *
 * @param cloud - undefined for what several clouds share.
 */
export function isLabelledFor({ metadata: { labels = {} } }: LiveManifest, cloud: string | undefined): boolean {
  return labels[MANAGED_BY_LABEL] === MANAGED_BY && labels[CLOUD_LABEL] === cloud;
}

/**
 * Whether a cloud may write an object that exists: it carries its labels, or it is the very object that was written
 * before and has lost a label. Server-side apply alone does not tell: it sees no conflict where no fields overlap, nor
 * between two clouds.
 *
 * @param cloud - undefined for what several clouds share.
 * @param knownUid - UID of the object by the cloud's inventory.
 */
export function isOurs(live: LiveManifest, cloud: string | undefined, knownUid: string | undefined): boolean {
  if (isLabelledFor(live, cloud)) return true;
  const { [MANAGED_BY_LABEL]: manager = MANAGED_BY, [CLOUD_LABEL]: owner = cloud } = live.metadata.labels ?? {};
  return live.metadata.uid === knownUid && manager === MANAGED_BY && owner === cloud;
}

/** Whether a server-side apply of ours has ever written to an object. */
export const isAppliedByUs = (live: LiveManifest): boolean => isAppliedBy(live, FIELD_MANAGER);

/** Whether a field manager has anything of an object by server-side apply. */
export function isAppliedBy({ metadata: { managedFields = [] } }: LiveManifest, applier: string): boolean {
  return managedFields.some(({ manager, operation }) => manager === applier && operation === "Apply");
}

/** Who an object belongs to that is not ours, as in `Flux (Kustomization apps/shop)`: by its labels, else by who wrote it. */
export function describeOwner({ metadata }: LiveManifest): string {
  return ownCloud(metadata) ?? deliveryTool(metadata) ?? writers(metadata);
}

function ownCloud({ labels = {} }: LiveMeta): string | undefined {
  if (labels[MANAGED_BY_LABEL] !== MANAGED_BY) return undefined;
  const cloud = labels[CLOUD_LABEL];
  return cloud === undefined ? "what all clouds of this cluster share" : `cloud ${cloud}`;
}

function deliveryTool(meta: LiveMeta): string | undefined {
  const { labels = {}, annotations = {} } = meta;
  const agent = describeAgent(meta);
  if (agent !== undefined) return agent;
  const release = annotations["meta.helm.sh/release-name"];
  if (release !== undefined) return `Helm (release ${annotations["meta.helm.sh/release-namespace"] ?? ""}/${release})`;
  const app = labels["kapp.k14s.io/app"];
  if (app !== undefined) return `kapp (app ${app})`;
  return labels[MANAGED_BY_LABEL];
}

/** The agent that keeps an object as a repository has it, as in `Flux (Kustomization apps/shop)`. */
export function describeAgent({ labels = {}, annotations = {} }: LiveMeta): string | undefined {
  for (const [group, kind] of FLUX_KINDS) {
    const name = labels[`${group}/name`];
    if (name !== undefined) return `Flux (${kind} ${labels[`${group}/namespace`] ?? ""}/${name})`;
  }
  const application =
    annotations["argocd.argoproj.io/tracking-id"]?.split(":")[0] ?? labels["argocd.argoproj.io/instance"];
  return application === undefined ? undefined : `Argo CD (Application ${application})`;
}

const FLUX_KINDS: readonly (readonly [group: string, kind: string])[] = [
  ["kustomize.toolkit.fluxcd.io", "Kustomization"],
  ["helm.toolkit.fluxcd.io", "HelmRelease"],
];

function writers({ managedFields = [] }: LiveMeta): string {
  const names = [...new Set(managedFields.flatMap(({ manager }) => (manager === undefined ? [] : [manager])))].sort();
  return names.length === 0 ? "somebody unknown" : `whoever wrote it (${names.join(", ")})`;
}
