import type { Failure } from "./change.ts";
import type { MeshStatus, SharedMeshStatus } from "./mesh-status.ts";
import type { Ref } from "./ref.ts";

/** How a cluster is, beside what dist/ says. Plain data; no secret shows. */
export interface ClusterStatus {
  readonly cluster: string;
  /** What several clouds share. */
  readonly shared: ObjectsStatus;
  readonly clouds: readonly CloudStatus[];
  /** What we have in the cluster and dist/ has no longer: namespaces that were kept, and what the next delivery, or the agent, prunes. */
  readonly leftovers: readonly Leftover[];
  /** Absent where there is none. */
  readonly leftoverZones?: readonly LeftoverZone[];
  readonly requests: RequestsStatus;
  /** Clouds that are led out of the cluster; absent where there is none. */
  readonly terminations?: readonly TerminationStatus[];
  /** Absent where dist/ is delivered directly. */
  readonly agent?: AgentStatus;
  /** Reasons that concern the whole cluster: it cannot be reached, it is the wrong one; empty if all could be read. */
  readonly failures: readonly Failure[];
}

export interface CloudStatus extends ObjectsStatus {
  readonly cloud: string;
  readonly users: readonly UserStatus[];
  /** Absent where the cloud has no DNS zone there. */
  readonly zone?: ZoneStatus;
  /** Absent where the cloud has no mesh of its own there. */
  readonly mesh?: MeshStatus;
  /** Absent where the cloud is in no mesh of somebody else's there. */
  readonly sharedMesh?: SharedMeshStatus;
}

/**
 * How a zone stands in the live configuration of a cluster's DNS.
 *
 * - `in-place`: as it is wanted; in mode `native`, there is nothing to be configured
 * - `missing`: not there yet
 * - `changed`: there otherwise, or taken out by somebody
 * - `overwritten`: it was there, and nothing of ours is any more: the whole was written anew
 * - `unknown`: the configuration could not be read, or is not one that we can change; remarks or failures say why
 */
export type ZoneState = "in-place" | "missing" | "changed" | "overwritten" | "unknown";

/** The DNS zone of a cloud on a cluster. */
export interface ZoneStatus {
  readonly zone: string;
  readonly mode: "rewrite" | "forward" | "native";
  readonly state: ZoneState;
  /** What somebody should know: who wrote the configuration last, what hides names, what is wrong with it. */
  readonly remarks: readonly string[];
  /** Why something could not be read. */
  readonly failures: readonly Failure[];
}

/** A zone that we put into a cluster's DNS, and dist/ has no longer: the next post-sync takes it out. */
export interface LeftoverZone {
  readonly zone: string;
  readonly cloud: string;
}

/**
 * - `delivered`: every object is there and ours; it may have drifted
 * - `partly`: some are missing, or somebody else's
 * - `absent`: none is there
 * - `unknown`: some could not be read; the failures say why
 */
export type DeliveryState = "delivered" | "partly" | "absent" | "unknown";

export interface ObjectsStatus {
  readonly state: DeliveryState;
  readonly missing: readonly Ref[];
  readonly drifted: readonly DriftedObject[];
  readonly foreign: readonly ForeignObject[];
  /** Why objects could not be read. */
  readonly failures: readonly Failure[];
}

/** How far the agent is that pulls what was delivered. */
export interface AgentStatus {
  readonly units: readonly UnitStatus[];
  /** Why there is nothing to be told of them. */
  readonly failure?: Failure;
}

/**
 * What an agent says of one of its units.
 *
 * - `applied`: its objects are those of `revision`
 * - `pending`: it has not said yet what came of what it last saw
 * - `failed`: `revision` could not be applied, and it says why
 * - `suspended`: somebody told it to rest
 * - `absent`: it does not have it
 */
export interface UnitStatus {
  readonly unit: string;
  /** Absent on what is no cloud's alone. */
  readonly cloud?: string;
  readonly state: "applied" | "pending" | "failed" | "suspended" | "absent";
  /** Commit id, or digest as in `sha256:…`. */
  readonly revision?: string;
  /** In the agent's words; may be empty, and have several lines. */
  readonly message: string;
}

export interface DriftedObject {
  readonly ref: Ref;
  /** Whom a binding names that dist/ does not: access that is not withdrawn yet. Absent where there is nobody. */
  readonly access?: readonly string[];
  /** Paths of fields that we, or the agent, own or should own, as in `spec.hard.pods`. */
  readonly fields: readonly string[];
}

/** An object of somebody else where one of ours should be. */
export interface ForeignObject {
  readonly ref: Ref;
  readonly owner: string;
}

export interface Leftover {
  readonly ref: Ref;
  /** Absent on what several clouds shared. */
  readonly cloud?: string;
  /** On bindings, whose access is not withdrawn yet: whom they name, as far as it was read. */
  readonly access?: readonly string[];
}

/** A cloud on its way out; what could not be seen is absent. */
export type TerminationStatus =
  /** `isWithdrawn`: nobody has access to it by a binding of ours. */
  | { readonly step: "leaving"; readonly cloud: string; readonly isWithdrawn?: boolean }
  /** `namespaces`: those of its that are still there. */
  | { readonly step: "gone"; readonly cloud: string; readonly namespaces?: readonly string[] };

/**
 * - `valid`, `ended`: we hold a credential, and that is how its time stands
 * - `outdated`: what we hold is for another key than dist/ asks for
 * - `none`: we hold none here
 * - `external`: the user logs in elsewhere
 * - `unreadable`: the failure says why
 */
type CredentialState = "valid" | "ended" | "outdated" | "none" | "external" | "unreadable";

/** What the state folder holds for one user of a cloud and one cluster. */
export interface UserStatus {
  readonly user: string;
  readonly kind: "x509" | "service-account" | "oidc";
  readonly credential: CredentialState;
  /** When it ends. */
  readonly expires?: Date;
  readonly failure?: Failure;
}

/** The CertificateSigningRequests that claim a group of ours, or why they could not be listed. */
export type RequestsStatus =
  | { readonly kind: "listed"; readonly suspicious: readonly SuspiciousRequest[] }
  | { readonly kind: "unreadable"; readonly failure: Failure };

/** A live request with whose certificate somebody would be a user of ours without leave. */
export interface SuspiciousRequest {
  readonly name: string;
  /** Who made it, by the API server. */
  readonly requester: string;
  /** Absent where the request cannot be read. */
  readonly commonName?: string;
  readonly group?: string;
  readonly isApproved: boolean;
  readonly reasons: readonly string[];
}
