import { istiodRef } from "../../mesh/live-control-plane.ts";
import { meshNamespace } from "../../mesh/names.ts";
import type { Kind } from "../../model/cloud-kinds.ts";
import type { Manifest } from "../../model/manifest.ts";
import { type PolicyRule, resourceOf, role, rulesFor } from "../../model/policy-rule.ts";
import { meshedClouds } from "../../rendered/meshed-clouds.ts";
import type { RenderedCluster } from "../../rendered/rendered-cluster.ts";
import type { PlacedRules } from "../dns/roles.ts";
import { INJECTORS, rootRef } from "./inspect-shared.ts";
import { installerRef } from "./installer.ts";
import { gatewayRef, meshConfigRef, secretRefs } from "./live-mesh.ts";
import { sharedClouds } from "./shared-clouds.ts";

/** What it takes to see how meshes stand on a cluster, but for their Secrets. */
export const meshReadRules = (cluster: RenderedCluster): readonly PlacedRules[] => [
  ...ownMeshRules(cluster),
  ...sharedMeshRules(cluster),
];

function ownMeshRules({ file, clouds }: RenderedCluster): readonly PlacedRules[] {
  const meshed = meshedClouds(clouds);
  if (meshed.length === 0) return [];
  const asksNodes = meshed.some(({ mesh }) => mesh.exposure === "NodePort");
  const installers = meshed.flatMap(({ name, mesh }) => installerRef(name, mesh, file.delivery) ?? []);
  const byNamespace = Map.groupBy(installers, ({ namespace }) => namespace);
  return [
    // a mesh config that does not parse shows by where root certificates are
    [undefined, [listed(CONFIG_MAP), ...(asksNodes ? [listed(NODE)] : [])]],
    ...[...byNamespace].map(([namespace, refs]): PlacedRules => [namespace, rulesFor(refs, () => ["get"])]),
    ...meshed.map(({ name }): PlacedRules => {
      const refs = [istiodRef(name), meshConfigRef(name), gatewayRef(name)];
      return [meshNamespace(name), [...rulesFor(refs, () => ["get"]), listed(POD)]];
    }),
  ];
}

/** Webhooks are listed, since whoever runs a mesh names them. */
function sharedMeshRules(cluster: RenderedCluster): readonly PlacedRules[] {
  const namespaces = sharedClouds(cluster).flatMap((cloud) => cloud.namespaces);
  if (namespaces.length === 0) return [];
  return [
    [undefined, [listed(INJECTORS)]],
    ...namespaces.map((name): PlacedRules => [name, rulesFor([rootRef(name)], () => ["get"])]),
  ];
}

/**
 * What it takes beside that to see whose authorities meshes have, and whether the tokens of readers work. Whoever has it
 * can certify any workload of the clouds, and read every Secret of all clusters of theirs.
 *
 * @returns A Role in each `istio-<cloud>`, which must be delivered before.
 */
export const meshSecretRules = ({ clouds }: RenderedCluster): readonly Manifest[] =>
  meshedClouds(clouds).map(({ name }) =>
    role(
      meshNamespace(name),
      "lcloud-read-mesh",
      rulesFor(secretRefs(name), () => ["get"]),
    ),
  );

const CONFIG_MAP = { apiVersion: "v1", kind: "ConfigMap" };
const NODE = { apiVersion: "v1", kind: "Node" };
const POD = { apiVersion: "v1", kind: "Pod" };

const listed = (kind: Kind): PolicyRule => ({ ...resourceOf(kind), verbs: ["list"] });
