import { checkChange } from "../keys/change-roots.ts";
import { openMeshStore } from "../keys/mesh-store.ts";
import type { KubeApi } from "../kube-api/kube-api.ts";
import type { CloudMesh } from "../mesh/cloud-mesh.ts";
import { describeRotation } from "../mesh/rotation.ts";
import { type Failure, failureOf } from "../model/change.ts";
import { CloudError, invalid } from "../model/error.ts";
import type { RotationStatus } from "../model/mesh-status.ts";
import { checkCluster } from "../post-sync/check-cluster.ts";
import {
  type RotatedTrust,
  type RotateTrustOptions,
  type RotationMember,
  rotateTrust,
} from "../post-sync/mesh/rotate-trust.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import { type ClusterOptions, eachCluster, readClusters, type Summary, type Tell } from "./clusters.ts";
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
  const clusters = await eachCluster(
    meshed.map(({ cluster }) => cluster),
    { ...options, clusters: [] },
    {
      name: "rotate",
      work: (api, cluster, tell) => gathering.join(cluster, api, tell),
      unconnected: (cluster, failure) => gathering.join(cluster, failure, () => {}),
      summarize,
    },
  );
  return reportOf(cloud, clusters, await gathering.rotated);
}

type Meshed = { readonly cluster: RenderedCluster; readonly mesh: CloudMesh };

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

/** Brings the connections to all clusters of a cloud together: each step is about all of them at once. */
class Gathering {
  readonly rotated: Promise<RotatedTrust>;
  readonly #meshed: readonly Meshed[];
  readonly #members = new Map<string, RotationMember>();
  readonly #complete = Promise.withResolvers<readonly RotationMember[]>();

  constructor(meshed: readonly Meshed[], work: (members: readonly RotationMember[]) => Promise<RotatedTrust>) {
    this.#meshed = meshed;
    this.rotated = this.#complete.promise.then(work);
  }

  /** @returns What has come of a cluster, once the work is done. What ends the work itself is in {@link rotated} alone. */
  async join({ file: { name } }: RenderedCluster, connected: KubeApi | Failure, tell: Tell): Promise<RotatedCluster> {
    try {
      const api = "code" in connected ? connected : await checked(connected);
      this.#add(name, { api, tell });
    } catch (error) {
      this.#complete.reject(error);
    }
    const rotated = await this.rotated.catch(() => undefined);
    return rotated === undefined ? { ...NOTHING, cluster: name } : rotatedCluster(name, rotated);
  }

  #add(name: string, joined: Pick<RotationMember, "api" | "tell">): void {
    joined.tell("waits for the other clusters");
    const { mesh } = this.#meshed.find(({ cluster }) => cluster.file.name === name) ?? {};
    if (mesh === undefined) throw new TypeError(`${name} is no cluster of the mesh`);
    this.#members.set(name, { cluster: name, mesh, ...joined });
    if (this.#members.size < this.#meshed.length) return;
    this.#complete.resolve(this.#meshed.flatMap(({ cluster }) => this.#members.get(cluster.file.name) ?? []));
  }
}

const NOTHING = { action: "unchanged", awaited: [], failures: [] } as const;

/** The cluster itself, if it is the one that was rendered. */
async function checked(api: KubeApi): Promise<KubeApi | Failure> {
  try {
    await checkCluster(api, "mesh");
    return api;
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    return failureOf(error, api.cluster);
  }
}

const rotatedCluster = (name: string, { delivered, awaited, held }: RotatedTrust): RotatedCluster => ({
  cluster: name,
  action: delivered.includes(name) ? "configured" : "unchanged",
  awaited: awaited.filter(({ cluster }) => cluster === name).map(({ reason }) => reason),
  failures: held.filter(({ cluster }) => cluster === name).map(({ code, message }) => ({ code, message })),
});

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
