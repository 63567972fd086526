import type { MeshStatus, RemoteStatus } from "../../model/mesh-status.ts";
import type { CloudStatus, ClusterStatus } from "../../model/status.ts";
import { compareRemotes } from "./remotes.ts";

/** What is known of clusters, with what their meshes say of each other. */
export function compareMeshes(statuses: readonly ClusterStatus[]): readonly ClusterStatus[] {
  const own = new Map<string, Map<string, RemoteStatus>>();
  for (const { cluster, clouds } of statuses) {
    for (const { cloud, mesh } of clouds) {
      const itself = mesh?.remotes.find((remote) => remote.cluster === cluster);
      if (itself === undefined) continue;
      const ofCloud = own.get(cloud) ?? new Map<string, RemoteStatus>();
      own.set(cloud, ofCloud.set(cluster, itself));
    }
  }
  return statuses.map((status) => ({
    ...status,
    clouds: status.clouds.map((cloud) => withCompared(cloud, own.get(cloud.cloud) ?? new Map())),
  }));
}

function withCompared(cloud: CloudStatus, own: ReadonlyMap<string, RemoteStatus>): CloudStatus {
  const { mesh } = cloud;
  if (mesh === undefined) return cloud;
  const remotes = compareRemotes(mesh.remotes, own);
  return { ...cloud, mesh: { ...mesh, remotes, remarks: [...mesh.remarks, ...remarksOf(mesh, remotes)] } };
}

function remarksOf({ controlPlane }: MeshStatus, remotes: readonly RemoteStatus[]): readonly string[] {
  const named = (isMeant: (remote: RemoteStatus) => boolean): string =>
    remotes.flatMap((remote) => (isMeant(remote) ? remote.cluster : [])).join(", ");
  const remark = (clusters: string, what: string): readonly string[] =>
    clusters === "" ? [] : [`${clusters}: ${what}`];
  const missing = named(({ state }) => state === "missing");
  return [
    // before there is a control plane, nobody misses anybody
    ...(controlPlane.state === "missing"
      ? []
      : remark(missing, "not registered; lcloud post-sync does it once the gateway there has an address")),
    ...remark(
      named(({ state }) => state === "departed"),
      "registered, and the cloud is not there any more; run lcloud post-sync",
    ),
    ...remark(
      named(({ token }) => token === "refused"),
      "registered with a token that its API server refuses; run lcloud post-sync",
    ),
    ...remark(
      named(({ token }) => token === "differs"),
      "registered otherwise than there; run lcloud post-sync",
    ),
  ];
}
