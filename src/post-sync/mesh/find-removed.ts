import type { KubeApi } from "../../kube-api/kube-api.ts";
import {
  chartInjectorName,
  chartValidatorName,
  meshNamespace,
  ownValidatorName,
  REVISION_LABEL,
} from "../../mesh/names.ts";
import type { Failure } from "../../model/change.ts";
import { CloudError } from "../../model/error.ts";
import { CLOUD_LABEL, MANAGED_BY, MANAGED_BY_LABEL } from "../../model/labels.ts";
import type { LiveManifest } from "../../model/manifest.ts";
import { meshedClouds } from "../../rendered/meshed-clouds.ts";
import type { RenderedCluster } from "../../rendered/rendered-cluster.ts";

/**
 * Find what is left of meshes that are gone from dist/: their namespaces, and the keys in them; and their webhooks, which
 * refuse whatever their control planes are no longer there to be asked about.
 *
 * @returns A `MESH_NOT_REMOVED` for each.
 * @throws {@link CloudError} as reading throws; `FORBIDDEN` only where some cloud still has a mesh: whoever has none needs
 * no rights for them.
 */
export async function findRemoved(api: KubeApi, cluster: RenderedCluster): Promise<readonly Failure[]> {
  const meshes = meshedClouds(cluster.clouds).map(({ name }) => meshNamespace(name));
  const rendered = cluster.units.flatMap(({ manifests }) =>
    manifests.filter(({ kind }) => kind === "Namespace").map(({ metadata }) => metadata.name),
  );
  const wanted = new Set([...meshes, ...rendered]);
  try {
    const namespaces = await api.list({ apiVersion: "v1", kind: "Namespace" });
    const foreign = new Set(namespaces.filter((each) => !isOurs(each)).map(({ metadata }) => metadata.name));
    return [
      ...namespaces.filter(isOurs).flatMap((namespace) => leftNamespace(namespace, wanted)),
      ...(await Promise.all(WEBHOOKS.map((kind) => api.list({ apiVersion: ADMISSION, kind })))).flatMap((found, at) =>
        found.flatMap((webhook) => leftWebhook(WEBHOOKS[at] ?? "", webhook, wanted, foreign)),
      ),
    ];
  } catch (error) {
    if (meshes.length === 0 && error instanceof CloudError && error.code === "FORBIDDEN") return [];
    throw error;
  }
}

const ADMISSION = "admissionregistration.k8s.io/v1";
const WEBHOOKS = ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"] as const;

const isOurs = ({ metadata: { labels } }: LiveManifest): boolean => labels?.[MANAGED_BY_LABEL] === MANAGED_BY;

/** @param wanted - Namespaces of dist/. */
function leftNamespace({ metadata }: LiveManifest, wanted: ReadonlySet<string>): readonly Failure[] {
  const cloud = metadata.labels?.[CLOUD_LABEL];
  if (cloud === undefined || metadata.name !== meshNamespace(cloud) || wanted.has(metadata.name)) return [];
  const isGoing = metadata.deletionTimestamp !== undefined;
  const what = isGoing ? "is still being deleted, with the keys in it" : "is still there, and so are the keys in it";
  const remedy = isGoing
    ? "see what holds it (kubectl get namespace -o yaml says so), and run lcloud post-sync again"
    : "deliver dist/ (lcloud sync), or delete it";
  return [notRemoved(`Namespace/${metadata.name}`, cloud, `${what}; ${remedy}`)];
}

/**
 * Charts' webhooks carry no label of ours, so they are known by their names.
 *
 * @param wanted - Namespaces of dist/.
 * @param foreign - Namespaces of somebody else: a mesh in one of them is his.
 */
function leftWebhook(
  kind: string,
  { metadata: { name, labels } }: LiveManifest,
  wanted: ReadonlySet<string>,
  foreign: ReadonlySet<string>,
): readonly Failure[] {
  const cloud = labels?.[REVISION_LABEL] ?? "";
  const names = [ownValidatorName(cloud), chartValidatorName(cloud), chartInjectorName(cloud)];
  const namespace = meshNamespace(cloud);
  if (!names.includes(name) || wanted.has(namespace) || foreign.has(namespace)) return [];
  const what = "is still there, and refuses what it would ask a control plane about that is gone";
  return [notRemoved(`${kind}/${name}`, cloud, `${what}; deliver dist/ (lcloud sync) and, if it stays, delete it`)];
}

const notRemoved = (ref: string, cloud: string, rest: string): Failure => ({
  code: "MESH_NOT_REMOVED",
  message: `${ref} of the mesh of ${cloud}, which dist/ does not have, ${rest}`,
});
