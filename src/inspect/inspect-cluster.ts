import type { CloudZone } from "../dns/cluster-dns.ts";
import type { KubeApi } from "../kube-api/kube-api.ts";
import { mapConcurrently } from "../kube-api/map-concurrently.ts";
import { type Failure, failureOf } from "../model/change.ts";
import { CloudError } from "../model/error.ts";
import { INVENTORY_KIND, INVENTORY_QUERY, inventoriesIn, readInventory } from "../model/inventory.ts";
import type { MeshStatus, SharedMeshStatus } from "../model/mesh-status.ts";
import type { CloudStatus, ClusterStatus, ObjectsStatus, ZoneStatus } from "../model/status.ts";
import { meshedClouds } from "../rendered/meshed-clouds.ts";
import type { RenderedCluster, RenderedUnit } from "../rendered/rendered-cluster.ts";
import { inspectZones } from "./dns/inspect-zones.ts";
import { zonedClouds } from "./dns/zoned-clouds.ts";
import { findLabelled, findLeftovers } from "./find-leftovers.ts";
import { inspectAgent } from "./inspect-agent.ts";
import { inspectRequests } from "./inspect-requests.ts";
import { inspectUnit } from "./inspect-unit.ts";
import { type CredentialOptions, inspectUsers } from "./inspect-users.ts";
import { joinObjects } from "./join-objects.ts";
import { inspectMeshes, type MeshKnowledge, NOTHING_KNOWN, unknownMesh } from "./mesh/inspect-meshes.ts";
import { inspectShared, unknownShared } from "./mesh/inspect-shared.ts";
import { sharedClouds } from "./mesh/shared-clouds.ts";
import { agentWriter, directWriter } from "./unit-writer.ts";

/** Units of one cluster that are looked at at a time. */
const UNITS_AT_ONCE = 4;

/**
 * Look at a cluster and change nothing; `get` and `list` are all that it takes. What cannot be read is told beside what
 * can. Users' credentials are told even if the cluster cannot be reached. Meshes of clouds are held against what is known of
 * them.
 */
export async function inspectCluster(
  api: KubeApi,
  cluster: RenderedCluster,
  credentials: CredentialOptions,
  known: MeshKnowledge = NOTHING_KNOWN,
): Promise<ClusterStatus> {
  try {
    const { clouds, ...status } = await inspectObjects(api, cluster);
    const { zones, leftover } = await inspectZones(api, cluster, status.shared);
    const meshes = await inspectMeshes(api, cluster, known, credentials.now);
    const sharedMeshes = await inspectShared(api, cluster);
    const objects = await withUsers(cluster, credentials, (cloud) => clouds.get(cloud) ?? NOTHING);
    return {
      ...status,
      clouds: objects.map((each) => withParts(each, { zones, meshes, sharedMeshes })),
      ...(leftover.length === 0 ? {} : { leftoverZones: leftover }),
    };
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    return inspectStored(cluster, credentials, failureOf(error, api.cluster), known);
  }
}

/** What is known here of a cluster that cannot be asked. */
export async function inspectStored(
  cluster: RenderedCluster,
  credentials: CredentialOptions,
  failure: Failure,
  { members }: MeshKnowledge = NOTHING_KNOWN,
): Promise<ClusterStatus> {
  const objects = await withUsers(cluster, credentials, () => UNKNOWN);
  const zones = new Map(zonedClouds(cluster.clouds).map(({ name, zone }) => [name, unknownZone(zone)]));
  const meshes = new Map(
    meshedClouds(cluster.clouds).map(({ name, mesh }) => [name, unknownMesh(mesh.version, members.get(name) ?? [])]),
  );
  const sharedMeshes = new Map(sharedClouds(cluster).map(({ name, revision }) => [name, unknownShared(revision)]));
  return {
    cluster: cluster.file.name,
    shared: UNKNOWN,
    clouds: objects.map((each) => withParts(each, { zones, meshes, sharedMeshes })),
    leftovers: [],
    requests: { kind: "unreadable", failure },
    failures: [failure],
  };
}

async function withUsers(
  cluster: RenderedCluster,
  credentials: CredentialOptions,
  objects: (cloud: string) => ObjectsStatus,
): Promise<readonly CloudStatus[]> {
  const users = await inspectUsers(cluster, credentials);
  return cluster.clouds.map(({ name }) => ({ cloud: name, ...objects(name), users: users.get(name) ?? [] }));
}

interface Parts {
  readonly zones: ReadonlyMap<string, ZoneStatus>;
  readonly meshes: ReadonlyMap<string, MeshStatus>;
  readonly sharedMeshes: ReadonlyMap<string, SharedMeshStatus>;
}

function withParts(status: CloudStatus, { zones, meshes, sharedMeshes }: Parts): CloudStatus {
  const { cloud } = status;
  const [zone, mesh, sharedMesh] = [zones.get(cloud), meshes.get(cloud), sharedMeshes.get(cloud)];
  return {
    ...status,
    ...(zone === undefined ? {} : { zone }),
    ...(mesh === undefined ? {} : { mesh }),
    ...(sharedMesh === undefined ? {} : { sharedMesh }),
  };
}

const unknownZone = ({ zone, mode }: CloudZone): ZoneStatus => ({
  ...{ zone, mode, state: "unknown", remarks: [], failures: [] },
});

/** Of a cloud that has no objects in a cluster. */
const NOTHING: ObjectsStatus = { state: "delivered", missing: [], drifted: [], foreign: [], failures: [] };

const UNKNOWN: ObjectsStatus = { ...NOTHING, state: "unknown" };

type LiveStatus = Omit<ClusterStatus, "clouds"> & { readonly clouds: ReadonlyMap<string, ObjectsStatus> };

/** @throws {@link CloudError} that leaves nothing to be told. */
async function inspectObjects(api: KubeApi, cluster: RenderedCluster): Promise<LiveStatus> {
  const found = await api.list(INVENTORY_KIND, INVENTORY_QUERY);
  const inventories = inventoriesIn(found, api.cluster).map((live) => readInventory(live, api.cluster));
  const { delivery } = cluster.file;
  const units = await mapConcurrently(cluster.units, UNITS_AT_ONCE, async (unit) => {
    const inventory = inventories.find((each) => each.unit === unit.name);
    const { cloud } = unit;
    const writer = delivery.kind === "direct" ? directWriter(cloud, inventory) : agentWriter(delivery.engine, unit);
    return { unit, status: await inspectUnit(api, unit, writer) };
  });
  const leftovers = await (delivery.kind === "direct"
    ? findLeftovers(api, cluster, inventories)
    : findLabelled(api, cluster));
  return {
    cluster: api.cluster,
    shared: joinObjects(units.flatMap(({ unit, status }) => (unit.cloud === undefined ? status : []))),
    clouds: joinByCloud(units),
    ...leftovers,
    requests: await inspectRequests(api, cluster),
    ...(delivery.kind === "direct" ? {} : { agent: await inspectAgent(api, cluster, delivery.engine) }),
  };
}

/** A cloud with a mesh has several units. */
function joinByCloud(
  units: readonly { readonly unit: RenderedUnit; readonly status: ObjectsStatus }[],
): ReadonlyMap<string, ObjectsStatus> {
  const byCloud = Map.groupBy(units, ({ unit }) => unit.cloud);
  return new Map(
    [...byCloud].flatMap(([cloud, own]) =>
      cloud === undefined ? [] : [[cloud, joinObjects(own.map(({ status }) => status))]],
    ),
  );
}
