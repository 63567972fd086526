import { istioVersionFault } from "../mesh/versions.ts";
import type { Fault } from "../model/error.ts";
import { checkGateway, checkUnused } from "./check-gateway.ts";
import { type ClusterMeshProps, mergeGateway } from "./cluster-mesh.ts";
import type { Fleet } from "./fleet.ts";

/** What is wrong with how the clusters of a fleet bear meshes. What the fleet itself says wrong is told once. */
export function checkClusterMeshes(fleet: Fleet): readonly Fault[] {
  const base = fleet.mesh ?? {};
  return [
    ...wrongFields(base).map((message) => ({ path: "fleet", message })),
    ...exposureFaults(base, base).map((message) => ({ path: "fleet", message })),
    ...Object.entries(fleet.clusters).flatMap(([name, { mesh = {} }]) =>
      [...wrongFields(mesh), ...exposureFaults(mesh, base)].map((message) => ({
        path: `fleet.clusters.${name}`,
        message,
      })),
    ),
  ];
}

function wrongFields({
  version,
  installer,
  crds,
  chartRepository,
  hub,
  gateway = {},
}: ClusterMeshProps): readonly string[] {
  const wrongVersion = version === undefined ? undefined : istioVersionFault(version);
  return [
    ...(wrongVersion === undefined ? [] : [`version: ${wrongVersion}`]),
    ...(installer === "sail" && crds === "ours" ? ["crds: the Sail operator brings them; take it out"] : []),
    ...(chartRepository === undefined || isHttpsUrl(chartRepository)
      ? []
      : [
          `chartRepository: "${chartRepository}" is no https URL; write it as "https://host/path", without a credential`,
        ]),
    ...(hub === undefined || HUB.test(hub)
      ? []
      : [`hub: "${hub}" is no place of images; write it as "docker.io/istio"`]),
    ...checkGateway(gateway).map((fault) => `gateway.${fault}`),
  ].map((fault) => `mesh.${fault}`);
}

const exposureFaults = ({ gateway = {} }: ClusterMeshProps, base: ClusterMeshProps): readonly string[] =>
  checkUnused(gateway, mergeGateway(gateway, base.gateway).exposure ?? "LoadBalancer").map(
    (fault) => `mesh.gateway.${fault}`,
  );

const HUB = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?(\/[a-z0-9]([a-z0-9._-]*[a-z0-9])?)*$/;

function isHttpsUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, search, hash, username, password } = new URL(text);
  return protocol === "https:" && search === "" && hash === "" && username === "" && password === "";
}
