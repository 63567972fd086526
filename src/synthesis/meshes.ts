import type { Cluster } from "../definition/cluster.ts";
import { meshOn } from "../definition/mesh-on.ts";
import { keepNamespace, keepText } from "../engine/protection.ts";
import { newestVersion } from "../mesh/charts.ts";
import { controlPlane, fluxPlatform } from "../mesh/control-plane.ts";
import { gatewayManifests } from "../mesh/gateway.ts";
import { gatewayIsolation, istiodIsolation } from "../mesh/mesh-isolation.ts";
import { cloudMeshOf, meshManifest } from "../mesh/mesh-manifest.ts";
import { authorityManifest, namespaceManifest, readerManifest } from "../mesh/mesh-namespace.ts";
import { meshPolicies, sharedPolicies } from "../mesh/mesh-policies.ts";
import type { DedicatedMeshSpec, MeshSpec } from "../mesh/mesh-spec.ts";
import { ownValidator } from "../mesh/own-validator.ts";
import type { Writer } from "../model/delivery.ts";
import { CLOUD_LABEL, MANAGED_BY, MANAGED_BY_LABEL } from "../model/labels.ts";
import type { Manifest } from "../model/manifest.ts";
import { formatManifest, joinDocuments } from "../rendered/format-yaml.ts";
import { layout } from "../rendered/layout.ts";
import type { MeshCloud } from "./mesh-clouds.ts";
import type { FoundObjects, MeshFiles } from "./mesh-files.ts";

/** The meshes of clouds by cluster; both by name. */
export function meshesByCluster(clouds: readonly MeshCloud[]): ReadonlyMap<string, readonly MeshSpec[]> {
  const meshes = new Map<string, MeshSpec[]>();
  for (const cloud of clouds) {
    for (const cluster of cloud.clusters) {
      const mesh = meshOn(cloud, cluster);
      if (mesh === undefined) continue;
      const onCluster = meshes.get(cluster.name) ?? [];
      meshes.set(cluster.name, onCluster);
      onCluster.push(mesh);
    }
  }
  return meshes;
}

export const isDedicatedMesh = (mesh: MeshSpec): mesh is DedicatedMeshSpec => mesh.mode === "dedicated";

/**
 * Render the meshes of a cluster into its files.
 *
 * @param found - What is committed beside clouds/ for them; undefined: nobody looks, since it is yet to be made.
 */
export function renderMeshes(
  cluster: Cluster,
  meshes: readonly MeshSpec[],
  found: MeshFiles | undefined,
  files: Map<string, string>,
): FoundObjects {
  const { name } = cluster;
  const units = new Map<string, FoundObjects>([
    [layout.platform(name), platformObjects(cluster, meshes.filter(isDedicatedMesh), found)],
  ]);
  for (const mesh of meshes) {
    if (isDedicatedMesh(mesh)) units.set(layout.mesh(name, mesh.cloud), meshObjects(mesh, found));
    units.set(layout.gateway(name, mesh.cloud), { manifests: gatewayObjects(mesh), faults: [] });
  }
  for (const [path, { manifests }] of units) setFile(files, path, manifests, cluster.traits.writer);
  const all = [...units.values()];
  return { manifests: all.flatMap(({ manifests }) => manifests), faults: all.flatMap(({ faults }) => faults) };
}

/** What all meshes of a cluster share: nothing where somebody else brings it. */
function platformObjects(
  { mesh: { installer, crds, chartRepository }, traits: { writer } }: Cluster,
  meshes: readonly DedicatedMeshSpec[],
  found: MeshFiles | undefined,
): FoundObjects {
  const version = newestVersion(meshes.map((mesh) => mesh.version));
  const agentNamespace = meshes[0]?.agentNamespace;
  if (meshes.length === 0) return NOTHING;
  if (installer === "flux" && agentNamespace !== undefined) {
    return { manifests: fluxPlatform(version, chartRepository, agentNamespace, crds), faults: [] };
  }
  if (installer !== "manifests" || crds === "theirs" || found === undefined) return NOTHING;
  const { manifests, faults } = found.crds(version, chartRepository);
  return { manifests: manifests.map((manifest) => kept(ours(manifest), writer)), faults };
}

const NOTHING: FoundObjects = { manifests: [], faults: [] };

function meshObjects(mesh: DedicatedMeshSpec, found: MeshFiles | undefined): FoundObjects {
  const { cloud, installer, trust } = mesh;
  const chart = installer === "manifests" ? found?.controlPlane(mesh) : undefined;
  const authority = trust.delivery === "sops" ? found?.authority(mesh) : undefined;
  return {
    manifests: [
      namespaceManifest(mesh),
      meshManifest(cloud, cloudMeshOf(mesh)),
      readerManifest(cloud),
      ...authorityManifest(mesh),
      ...istiodIsolation(mesh),
      ...controlPlane(mesh),
      ownValidator(cloud),
      ...(chart?.manifests ?? []).map((manifest) => ours(manifest, cloud)),
      ...(authority?.manifests ?? []),
    ],
    faults: [...(chart?.faults ?? []), ...(authority?.faults ?? [])],
  };
}

const gatewayObjects = (mesh: MeshSpec): readonly Manifest[] =>
  isDedicatedMesh(mesh)
    ? [...gatewayManifests(mesh), ...gatewayIsolation(mesh), ...meshPolicies(mesh)]
    : sharedPolicies(mesh);

/** What helm has made, with our labels in place of its own. */
function ours(manifest: Manifest, cloud?: string): Manifest {
  const own = { [MANAGED_BY_LABEL]: MANAGED_BY, ...(cloud === undefined ? {} : { [CLOUD_LABEL]: cloud }) };
  return { ...manifest, metadata: { ...manifest.metadata, labels: { ...manifest.metadata.labels, ...own } } };
}

/** With a CRD, all objects of its kind would go. */
const kept = (manifest: Manifest, writer: Writer): Manifest => annotated(manifest, keepNamespace(writer));

const annotated = (manifest: Manifest, annotations: Readonly<Record<string, string>>): Manifest =>
  Object.keys(annotations).length === 0
    ? manifest
    : {
        ...manifest,
        metadata: { ...manifest.metadata, annotations: { ...manifest.metadata.annotations, ...annotations } },
      };

function setFile(files: Map<string, string>, path: string, manifests: readonly Manifest[], writer: Writer): void {
  if (manifests.length === 0) return;
  const documents = [...manifests].sort(byRef).map((manifest) => {
    const text = formatManifest(manifest);
    const annotations = keepText(writer, text);
    return Object.keys(annotations).length === 0 ? text : formatManifest(annotated(manifest, annotations));
  });
  files.set(path, joinDocuments(documents));
}

function byRef(one: Manifest, other: Manifest): number {
  const keyOf = ({ kind, metadata: { namespace = "", name } }: Manifest): string => `${kind} ${namespace} ${name}`;
  return keyOf(one) < keyOf(other) ? -1 : 1;
}
