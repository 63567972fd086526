import { checkChange } from "../keys/change-roots.ts";
import { openMeshStore } from "../keys/mesh-store.ts";
import type { KubeApi } from "../kube-api/kube-api.ts";
import type { CloudMesh } from "../mesh/cloud-mesh.ts";
import { describeRotation } from "../mesh/rotation.ts";
import type { Failure } from "../model/change.ts";
import { CloudError, invalid } from "../model/error.ts";
import type { RotationStatus } from "../model/mesh-status.ts";
import { type RotatedTrust, type RotateTrustOptions, rotateTrust } from "../post-sync/mesh/rotate-trust.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import { type ClusterOptions, forEach, onApi, readClusters, type Summary, type Tell } from "./clusters.ts";
import { Gathering, type Meshed } from "./gathering.ts";
import { type RootFiles, readRoot } from "./read-root.ts";
import { inFolder, type StateOptions } from "./workplace.ts";

export interface RotateMeshOptions extends Omit<ClusterOptions, "clusters">, StateOptions {
  readonly cloud: string;
  readonly goal: RotateTrustOptions["goal"];
  /** Of goal `root`: the root that is to come. Default: one is made. */
  readonly root?: RootFiles;
  /** Of goal `root`: begin although it was changed before. */
  readonly again?: boolean;
  /** Milliseconds to wait until control planes have taken over what was written. */
  readonly timeoutMs: number;
  /** Default: the machine's clock. */
  readonly now?: () => Date;
}

/**
 * What one call has come to.
 *
 * - `done`: nothing is left to do
 * - `pending`: the next step of a change of root must not be taken yet
 * - `waiting`: a control plane has not taken over yet what was written
 * - `held`: a cluster could not be worked with, and somebody has to do something about it
 */
export type RotationOutcome = "done" | "pending" | "waiting" | "held";

export interface RotateMeshReport {
  readonly cloud: string;
  readonly state: RotationOutcome;
  /** Whether this call has changed anything. */
  readonly isChanged: boolean;
  readonly clusters: readonly RotatedCluster[];
  /** Absent where no change of root is under way. */
  readonly rotation?: RotationStatus;
}

export interface RotatedCluster {
  readonly cluster: string;
  /** Whether Secret `cacerts` was written. */
  readonly action: "configured" | "unchanged";
  /** What is not seen there yet. */
  readonly awaited: readonly string[];
  readonly failures: readonly Failure[];
}

/**
 * Rotate the trust of a cloud's mesh in all its clusters: their authorities, or its root as far as that may go by now.
 *
 * @throws {@link CloudError} `INVALID` for a wrong dist/, for a cloud without a mesh of its own, for one whose authorities
 * are not ours, and for a change of root that nobody can mean; `KEY_STORE`. What fails on a cluster is in the report.
 */
export async function rotateMesh(options: RotateMeshOptions): Promise<RotateMeshReport> {
  const { cloud, goal, root, again = false, timeoutMs, now = () => new Date() } = options;
  const { selected } = await readClusters({ ...options, clusters: [] });
  const meshed = selected.flatMap((cluster) => {
    const mesh = cluster.clouds.find(({ name }) => name === cloud)?.mesh;
    return mesh === undefined ? [] : [{ cluster, mesh }];
  });
  checkMeshes(cloud, meshed);
  const store = await openMeshStore(inFolder(options.folder, options.state));
  const trust = await store.findTrust(cloud);
  if (trust === undefined) throw noRoot(cloud);
  const trustDomains = meshed.map(({ mesh: { trustDomain } }) => trustDomain);
  const change =
    root === undefined ? { again } : { again, signer: await readRoot(root, { cloud, trustDomains, now: now() }) };
  // before anything is done anywhere; it is looked at once more where the change begins
  if (goal === "root") checkChange(trust, cloud, change);
  const gathering = new Gathering(meshed, (members) =>
    rotateTrust(members, { cloud, store, goal, change, timeoutMs, now }),
  );
  const clusters = await joinAll(meshed, gathering, { ...options, clusters: [] });
  return reportOf(cloud, clusters, await gathering.outcome);
}

/** Bring the clusters together. @returns What has come of each, once the work is done. */
function joinAll(
  meshed: readonly Meshed[],
  gathering: Gathering<RotatedTrust>,
  options: ClusterOptions,
): Promise<readonly RotatedCluster[]> {
  const join = async (cluster: RenderedCluster, connected: KubeApi | Failure, tell: Tell): Promise<RotatedCluster> =>
    rotatedCluster(cluster.file.name, await gathering.join(cluster, connected, tell));
  const connected = onApi<RotatedCluster>(options, {
    work: (api, cluster, tell) => join(cluster, api, tell),
    unconnected: (cluster, failure) => join(cluster, failure, () => {}),
  });
  const work = async (cluster: RenderedCluster, tell: Tell): Promise<RotatedCluster> => {
    try {
      return await connected(cluster, tell);
    } catch (error) {
      // or the others would wait for it for ever
      gathering.fail(error);
      throw error;
    }
  };
  const clusters = meshed.map(({ cluster }) => cluster);
  return forEach<RotatedCluster>(clusters, options, { name: "rotate", work, summarize });
}

function checkMeshes(cloud: string, meshed: readonly Meshed[]): void {
  const nothing = "nothing was done";
  if (meshed.length === 0) {
    throw invalid(
      [{ path: cloud, message: "has no mesh of its own in dist/; is it written so, and rendered?" }],
      nothing,
    );
  }
  const faults = meshed.flatMap(({ cluster: { file }, mesh: { trust } }) =>
    trust === "post-sync" ? [] : { path: `${file.name}: mesh of ${cloud}`, message: ELSEWHERE[trust] },
  );
  if (faults.length > 0) throw invalid(faults, nothing);
}

const ELSEWHERE: Readonly<Record<Exclude<CloudMesh["trust"], "post-sync">, string>> = {
  "cert-manager": "its authority comes from cert-manager; rotate its issuer there",
  sops: "its authority comes from the repository, by Flux; lcloud rotate changes what post-sync delivers",
};

const noRoot = (cloud: string): CloudError =>
  new CloudError(
    "KEY_STORE",
    `the state folder has no root for the mesh of ${cloud}; use the one that made it, or make one (lcloud enroll ${cloud})`,
  );

/** @param rotated - undefined where the work has ended in an error. */
function rotatedCluster(name: string, rotated: RotatedTrust | undefined): RotatedCluster {
  const { delivered = [], awaited = [], held = [] } = rotated ?? {};
  return {
    cluster: name,
    action: delivered.includes(name) ? "configured" : "unchanged",
    awaited: awaited.filter(({ cluster }) => cluster === name).map(({ reason }) => reason),
    failures: held.filter(({ cluster }) => cluster === name).map(({ code, message }) => ({ code, message })),
  };
}

function summarize({ action, awaited, failures }: RotatedCluster): Summary {
  const codes = failures.map(({ code }) => code);
  return { failed: codes.length + awaited.length > 0, text: [action, ...awaited, ...codes].join("; ") };
}

function reportOf(cloud: string, clusters: readonly RotatedCluster[], rotated: RotatedTrust): RotateMeshReport {
  const { awaited, held, notBefore, delivered, steps } = rotated;
  const rotation = describeRotation(rotated.state);
  const state =
    held.length > 0 ? "held" : awaited.length > 0 ? "waiting" : notBefore === undefined ? "done" : "pending";
  const report = { cloud, state, isChanged: delivered.length + steps > 0, clusters } as const;
  return rotation === undefined ? report : { ...report, rotation };
}
