import { namespacesOn } from "../definition/cloud-definition.ts";
import type { Item } from "../definition/rendered-object.ts";
import type { MeshSpec } from "../mesh/mesh-spec.ts";
import type { Manifest } from "../model/manifest.ts";
import { refKey, refOf } from "../model/ref.ts";
import type { CloudOnCluster } from "./check-cluster.ts";
import { sameObject } from "./check-objects.ts";
import type { CloudRemark } from "./remarks.ts";

/**
 * Objects of clouds in the place of those of meshes, or in the namespace of a control plane: whoever may put something there
 * may read its keys.
 *
 * @param meshes - Those of that cluster.
 * @param manifests - Objects of the meshes of that cluster.
 */
export function checkMeshObjects(
  clouds: readonly CloudOnCluster[],
  meshes: readonly MeshSpec[],
  manifests: readonly Manifest[],
): readonly CloudRemark[] {
  const [{ cluster } = {}] = meshes;
  if (cluster === undefined) return [];
  const shared = new Set(meshes.filter(({ mode }) => mode === "shared").map(({ cloud }) => cloud));
  const keys = new Set(manifests.map((manifest) => refKey(refOf(manifest))));
  const planes = new Set(manifests.filter(({ kind }) => kind === "Namespace").map(({ metadata }) => metadata.name));
  const inPlace = clouds.flatMap(({ cloud: { name: cloud }, objects, items }) => {
    // what somebody else's mesh needs lies in the cloud's own namespaces, and to render them again takes time
    const own = shared.has(cloud) ? items() : [...objects.claims, ...objects.outside];
    return own.flatMap((item) => {
      const message = messageOf(item, keys, planes);
      return message === undefined ? [] : [{ cloud, id: item.id, message }];
    });
  });
  return [...checkStrangers(clouds, meshes, cluster), ...inPlace];
}

/** Certificates say of which namespace a pod is, not of which cluster; and a control plane certifies all pods around it. */
function checkStrangers(
  clouds: readonly CloudOnCluster[],
  meshes: readonly MeshSpec[],
  cluster: string,
): readonly CloudRemark[] {
  const owners = new Map(
    meshes.flatMap(({ cloud, namespaces, cloudNamespaces }) =>
      cloudNamespaces.filter((name) => !namespaces.includes(name)).map((name) => [name, cloud]),
    ),
  );
  return clouds.flatMap(({ cloud, objects }) => {
    const made = objects.claims.map(({ id, manifest: { metadata } }) => ({ id, name: metadata.name }));
    const referred = cloud.admin ? namespacesOn(cloud, cluster).map(({ name }) => ({ id: "", name })) : [];
    return [...made, ...referred].flatMap(({ id, name }) => {
      const owner = owners.get(name);
      if (owner === undefined || owner === cloud.name) return [];
      const what = `namespace "${name}" is cloud "${owner}"'s on another cluster, and its mesh would take these pods for those`;
      return [{ cloud: cloud.name, id, message: `${what}; rename one of them` }];
    });
  });
}

function messageOf(item: Item, keys: ReadonlySet<string>, planes: ReadonlySet<string>): string | undefined {
  if (keys.has(refKey(refOf(item.manifest)))) return sameObject(item, "a mesh of this cluster");
  const { namespace = "" } = item.manifest.metadata;
  return planes.has(namespace)
    ? `metadata.namespace: "${namespace}" holds the keys of a mesh; put it into another one`
    : undefined;
}
