import type { Failure } from "../../model/change.ts";

/** What was done for the meshes of a cluster's clouds. No secret shows. */
export interface MeshReport {
  readonly cluster: string;
  readonly meshes: readonly MeshOutcome[];
  /** Empty on success. */
  readonly failures: readonly Failure[];
  /** What somebody should know, and is no failure. */
  readonly remarks: readonly string[];
}

/** What came of one cloud's mesh on one cluster. */
export interface MeshOutcome {
  readonly cloud: string;
  /** Absent where the run has nothing to do with it, as that which renews tokens. */
  readonly trust?: TrustOutcome;
  readonly remotes: RemotesOutcome;
  /** The clusters that its control plane is told of, its own among them, by name. */
  readonly clusters: readonly string[];
}

/**
 * What came of Secret `cacerts`.
 *
 * - `created`, `renewed`: written
 * - `kept`: as it is to be already
 * - `theirs`: somebody else brings it, and has
 * - `missing`: it is not there; a failure or a remark says why
 * - `refused`: there is another one, and it was left as it was; a failure says why
 * - `unknown`: it could not be seen
 */
export type TrustOutcome = "created" | "renewed" | "kept" | "theirs" | "missing" | "refused" | "unknown";

/**
 * What came of the Secret that tells a control plane of the other clusters.
 *
 * - `none`: there is nobody to be told of: no other cluster, or none that has joined
 * - `unknown`: it could not be seen or written
 */
export type RemotesOutcome = "created" | "configured" | "unchanged" | "deleted" | "none" | "unknown";
