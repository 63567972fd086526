import type { KubeEndpoint } from "../kube-api/kube-api.ts";
import type { RemoteEndpoint } from "../mesh/remote-secret.ts";
import { type Failure, failureOf } from "../model/change.ts";
import { CloudError } from "../model/error.ts";
import { endpointFor } from "../post-sync/endpoint.ts";
import type { MeshReport, RemotesOutcome, TrustOutcome } from "../post-sync/mesh/mesh-report.ts";
import type { ClusterFile } from "../rendered/files.ts";
import { meshedClouds } from "../rendered/meshed-clouds.ts";
import type { RenderedCloud, RenderedCluster } from "../rendered/rendered-cluster.ts";
import type { Summary } from "./clusters.ts";

export interface LostCluster {
  readonly failure: Failure;
  /** Where our own kubeconfig says that it is. */
  readonly endpoint?: RemoteEndpoint;
}

/** What an attempt to join one cloud's mesh has come to on one cluster. */
export interface JoinNotes {
  readonly failures: Failure[];
  readonly remarks: string[];
}

/** Collects what is done for the meshes of one cluster. */
export class MeshDraft {
  readonly cluster: string;
  /** Names of those that have a mesh of their own there. */
  readonly clouds: readonly string[];
  /** By cloud. */
  readonly trust: Map<string, TrustOutcome>;
  /** By cloud, why its control plane was given no authority; whoever else brings it has not failed. */
  readonly #refusals = new Map<string, Failure>();
  readonly remotes = new Map<string, RemotesOutcome>();
  /** What its control planes are told, by cloud: names of clusters. */
  readonly told = new Map<string, readonly string[]>();
  readonly #failures: Failure[] = [];
  /** By cloud, of the last attempt: what those before it have met is past. */
  readonly #joins = new Map<string, JoinNotes>();
  /** Why the cluster cannot be worked with, whatever it is asked; absent where it can, or nobody has asked. */
  lost: LostCluster | undefined;

  /** @param trust - What is said of a cloud's trust until more is known; absent where nobody looks at it. */
  constructor(cluster: string, clouds: readonly RenderedCloud[], trust?: TrustOutcome) {
    this.cluster = cluster;
    this.clouds = meshedClouds(clouds).map(({ name }) => name);
    this.trust = new Map(trust === undefined ? [] : this.clouds.map((cloud) => [cloud, trust]));
  }

  /** What several steps fail with is told once. */
  get failures(): readonly Failure[] {
    const all = [...this.#failures, ...[...this.#joins.values()].flatMap(({ failures }) => failures)];
    return [...new Map(all.map((failure) => [`${failure.code} ${failure.message}`, failure])).values()];
  }

  add(failure: Failure): void {
    this.#failures.push(failure);
  }

  /** @throws what is no {@link CloudError}. */
  fail(error: unknown): void {
    if (!(error instanceof CloudError)) throw error;
    this.add(failureOf(error, this.cluster));
  }

  /** Begin an attempt to join a cloud's mesh. @returns what takes what it comes to. */
  beginJoin(cloud: string): JoinNotes {
    const notes: JoinNotes = { failures: [], remarks: [] };
    this.#joins.set(cloud, notes);
    return notes;
  }

  /** What takes what the last attempt has come to. */
  joinOf(cloud: string): JoinNotes {
    return this.#joins.get(cloud) ?? this.beginJoin(cloud);
  }

  /** Note what came of telling a control plane of the clusters; what an earlier attempt has written is not forgotten. */
  tellRemotes(cloud: string, outcome: RemotesOutcome): void {
    const before = this.remotes.get(cloud);
    const isWritten = before === "created" || before === "configured" || before === "deleted";
    const isLess = outcome === "unchanged" || outcome === "none" || (before === "created" && outcome === "configured");
    if (!isWritten || !isLess) this.remotes.set(cloud, outcome);
  }

  /** Note that the cluster cannot be worked with, whatever it is asked. @param ours - What our own context leads to. */
  lose(failure: Failure, file: ClusterFile, ours?: KubeEndpoint): void {
    // a context that leads to another cluster says nothing of this one's address
    const endpoint = endpointFor(file, failure.code === "WRONG_CLUSTER" ? undefined : ours);
    this.lost = { failure, ...(endpoint === undefined ? {} : { endpoint }) };
    if (this.clouds.length > 0) this.add(failure);
  }

  /** Note why a cloud got no trust. @throws what is no {@link CloudError}. */
  refuse(cloud: string, error: unknown): void {
    this.fail(error);
    if (!(error instanceof CloudError)) return;
    const { code } = error;
    this.#refusals.set(cloud, failureOf(error, this.cluster));
    const isRefused = code === "TRUST_REFUSED" || code === "NOT_OURS";
    const isMissing = code === "NOT_DELIVERED" || code === "KEY_STORE";
    this.trust.set(cloud, isRefused ? "refused" : isMissing ? "missing" : "unknown");
  }

  /** By cloud, why its control plane was given no authority by this run. */
  get ungiven(): ReadonlyMap<string, Failure> {
    const { lost } = this;
    return lost === undefined ? this.#refusals : new Map(this.clouds.map((cloud) => [cloud, lost.failure]));
  }

  /** @returns undefined where there is nothing to be told. */
  toReport(): MeshReport | undefined {
    const { cluster, clouds, failures } = this;
    if (clouds.length === 0 && failures.length === 0) return undefined;
    const meshes = clouds.map((cloud) => {
      const trust = this.trust.get(cloud);
      const remotes = this.remotes.get(cloud) ?? "unknown";
      return { cloud, ...(trust === undefined ? {} : { trust }), remotes, clusters: this.told.get(cloud) ?? [] };
    });
    const remarks = new Set([...this.#joins.values()].flatMap((notes) => notes.remarks));
    return { cluster, meshes, failures, remarks: [...remarks] };
  }
}

/** What is done for the meshes of several clusters. */
export interface MeshDrafts {
  readonly draftOf: (cluster: RenderedCluster) => MeshDraft;
  /** In the order of the clusters, without those of which there is nothing to be told. */
  readonly toReports: () => readonly MeshReport[];
}

/** A {@link MeshDraft} for each cluster, with what each is to say of clouds' trust until more is known. */
export function newDrafts(clusters: readonly RenderedCluster[], trust?: TrustOutcome): MeshDrafts {
  const drafts = new Map(clusters.map(({ file, clouds }) => [file.name, new MeshDraft(file.name, clouds, trust)]));
  return {
    draftOf: ({ file }) => {
      const draft = drafts.get(file.name);
      if (draft === undefined) throw new TypeError(`${file.name} is not worked on`);
      return draft;
    },
    toReports: () => [...drafts.values()].flatMap((draft) => draft.toReport() ?? []),
  };
}

/** As in `meshes created; MESH_NOT_JOINED`. */
export const summarizeMeshes = ({ clouds, remotes, failures }: MeshDraft): Summary => ({
  failed: failures.length > 0,
  text: [
    ...(clouds.length === 0 ? [] : [`meshes ${[...new Set(remotes.values())].join(", ") || "not joined"}`]),
    ...new Set(failures.map(({ code }) => code)),
  ].join("; "),
});
