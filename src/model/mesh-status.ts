import type { Failure } from "./change.ts";

/** How a cloud's own mesh stands on one cluster. Plain data; no secret shows. */
export interface MeshStatus {
  readonly controlPlane: ControlPlaneStatus;
  readonly authority: AuthorityStatus;
  readonly gateway: GatewayStatus;
  /** The clusters that its control plane is told of, its own among them, and those that it should be told of. */
  readonly remotes: readonly RemoteStatus[];
  readonly roots: RootsStatus;
  /** How far a change of its root is; absent where there is none. */
  readonly rotation?: RotationStatus;
  /** What somebody has to see at once: who trusts whom is not as it should be. */
  readonly alarms: readonly string[];
  /** What somebody should know: why something is not there, and what to do. */
  readonly remarks: readonly string[];
  /** Why something could not be read. */
  readonly failures: readonly Failure[];
}

/** How a mesh that somebody else runs stands on one cluster, as far as a cloud in it is concerned. */
export interface SharedMeshStatus {
  /** By which the cloud's namespaces choose its control plane. */
  readonly revision: string;
  /**
   * - `available`: pods of all of the cloud's namespaces get their proxies; whether its control plane answers is not looked at
   * - `missing`: those of some do not
   * - `unknown`: that could not be seen, or the namespaces are not there
   */
  readonly state: "available" | "missing" | "unknown";
  readonly remarks: readonly string[];
  /** Why something could not be read. */
  readonly failures: readonly Failure[];
}

/**
 * - `available`: it answers
 * - `unavailable`: it was delivered, and does not answer; remarks say why, as far as that is known
 */
export interface ControlPlaneStatus {
  readonly state: "available" | "unavailable" | "missing" | "unknown";
  /** Of Istio, as dist/ has it: as in `1.31.1`. */
  readonly wanted: string;
  /** By the image that runs. */
  readonly version?: string;
}

/**
 * Who signs for the control plane.
 *
 * - `ours`: an authority of the cloud's root in the key store
 * - `sound`: its chain ends in its root, and there is no root in the key store to hold it against
 * - `other`: its root is not the one in the key store
 * - `broken`: its chain does not end in its root, or has ended, or it cannot be read
 * - `self-signed`: the control plane signs for itself, so no other cluster trusts it
 * - `missing`: it has none
 * - `unknown`: it could not be seen
 */
export interface AuthorityStatus {
  readonly state: "ours" | "sound" | "other" | "broken" | "self-signed" | "missing" | "unknown";
  /** When it ends. */
  readonly expires?: Date;
  /** Whether the next post-sync renews it; absent where that is not known. */
  readonly isDue?: boolean;
}

/** - `reachable`: it has an address, and runs */
export interface GatewayStatus {
  readonly state: "reachable" | "unreachable" | "missing" | "unknown";
  /** IP addresses or host names. */
  readonly addresses: readonly string[];
}

/** What the live remote Secret of one cluster says of one cluster. */
export interface RemoteStatus {
  readonly cluster: string;
  /**
   * - `registered`: it has an entry
   * - `missing`: it has none
   * - `departed`: it has one, and the cloud is not there any more
   * - `unknown`: that could not be seen
   */
  readonly state: "registered" | "missing" | "departed" | "unknown";
  /**
   * Whether the control plane gets in there with it.
   *
   * - `works`: it does
   * - `refused`: the API server there does not know the token, or lets it read nothing
   * - `strange`: it is not one that we write
   * - `differs`: the cluster itself is registered by another entry
   * - `unknown`: that was not seen
   */
  readonly token: "works" | "refused" | "strange" | "differs" | "unknown";
  /** What tells two entries apart: of their SHA-256, the first 16 hexadecimal digits. Absent where there is none. */
  readonly digest?: string;
}

/** How far a change of root is. */
export interface RotationStatus {
  /** As in `step 2 of 3: both roots are trusted, and the new one signs`. */
  readonly step: string;
  /** When the next step may be taken; absent where this one is not seen done in every cluster, and in the last one. */
  readonly notBefore?: Date;
}

/** Namespaces by the root certificate that control planes put there. */
export interface RootsStatus {
  /** Of the cloud, without it. */
  readonly missing: readonly string[];
  /** Of the cloud, with another mesh's. */
  readonly foreign: readonly string[];
  /** Not of the cloud, with the cloud's. */
  readonly beyond: readonly string[];
}
