import type {
  AuthorityStatus,
  ControlPlaneStatus,
  GatewayStatus,
  MeshStatus,
  SharedMeshStatus,
} from "../../model/mesh-status.ts";
import type { ClusterStatus } from "../../model/status.ts";
import { formatDate } from "./access.ts";
import { formatNotBefore } from "./rotation.ts";
import { printable } from "./style.ts";

/** Cells of a row for each mesh: cluster, cloud, control plane, authority, gateway, how many clusters it knows, remarks. */
export const meshRows = ({ cluster, clouds }: ClusterStatus): readonly (readonly string[])[] =>
  clouds.flatMap(({ cloud, mesh, sharedMesh }) => [
    ...(mesh === undefined ? [] : [[cluster, cloud, ...cellsOf(mesh)]]),
    ...(sharedMesh === undefined ? [] : [[cluster, cloud, ...sharedCellsOf(sharedMesh)]]),
  ]);

const cellsOf = (mesh: MeshStatus): readonly string[] => [
  ...[formatControlPlane(mesh.controlPlane), formatAuthority(mesh.authority), formatGateway(mesh.gateway)],
  ...[formatRemotes(mesh), printable(remarksOf(mesh).join("; "))],
];

/** Its authority, gateway and other clusters are for whoever runs it to look at. */
function sharedCellsOf({ revision, state, remarks }: SharedMeshStatus): readonly string[] {
  const told = state === "available" ? "" : `, ${state}`;
  return [`shared, by ${revision}${told}`, "", "", "", printable(remarks.join("; "))];
}

/** A line for each thing that is wrong with whom workloads trust, as `cluster: cloud: …`. */
export const meshAlarms = ({ cluster, clouds }: ClusterStatus): readonly string[] =>
  clouds.flatMap(({ cloud, mesh }) => (mesh?.alarms ?? []).map((alarm) => `${cluster}: ${cloud}: ${printable(alarm)}`));

function formatControlPlane({ state, wanted, version = wanted }: ControlPlaneStatus): string {
  if (state === "missing" || state === "unknown") return state;
  const told = version === wanted ? version : `${version} (to be ${wanted})`;
  return state === "available" ? told : `${told}, ${state}`;
}

const formatAuthority = ({ state, expires }: AuthorityStatus): string =>
  expires === undefined ? state : `${state}, ends ${formatDate(expires)}`;

const formatGateway = ({ state, addresses }: GatewayStatus): string =>
  [...(state === "reachable" ? [] : [state]), ...addresses].join(" ");

/** As in `2 of 3`: the cluster itself is no other one. */
function formatRemotes({ remotes }: MeshStatus): string {
  const wanted = remotes.filter(({ state }) => state !== "departed");
  if (wanted.length < 2) return "";
  if (wanted.every(({ state }) => state === "unknown")) return "unknown";
  return `${wanted.filter(({ state }) => state === "registered").length} of ${wanted.length}`;
}

function remarksOf({ rotation, remarks }: MeshStatus): readonly string[] {
  if (rotation === undefined) return remarks;
  const { step, notBefore } = rotation;
  const next = notBefore === undefined ? "" : `, the next one not before ${formatNotBefore(notBefore)}`;
  return [`root is changed, ${step}${next}`, ...remarks];
}
