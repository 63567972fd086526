import type { Ref } from "./ref.ts";

/** What another dist/ means for the clusters. Plain data; no value of a Secret shows. */
export interface FleetDiff {
  /** Clusters that differ, those with the very same difference together; the largest difference first. */
  readonly groups: readonly ClusterGroup[];
  /** Who gains and loses what; what is most dangerous first. */
  readonly access: readonly AccessChange[];
  readonly counts: DiffCounts;
}

export interface DiffCounts {
  /** Clusters that differ. */
  readonly clusters: number;
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

export interface ClusterGroup {
  readonly clusters: readonly string[];
  /** Whether the clusters themselves come or go. */
  readonly presence: "same" | "added" | "removed";
  /** What differs in `cluster.json`, and in grants as `users.<cloud>.<user>`; empty where they come or go. */
  readonly settings: readonly FieldChange[];
  readonly objects: readonly ObjectChange[];
}

export interface ObjectChange {
  readonly ref: Ref;
  /** Absent on what several clouds share. */
  readonly cloud?: string;
  readonly action: "added" | "changed" | "removed";
  /** Empty unless it is changed. */
  readonly fields: readonly FieldChange[];
}

export interface FieldChange {
  /** As in `spec.hard.pods` or `subjects[1].name`. */
  readonly path: string;
  /** JSON; absent where there was none, `hidden` in a Secret. */
  readonly before?: string;
  readonly after?: string;
}

/** How much harm a right can do, as those who audit RBAC rank it. */
export type Risk = "critical" | "high" | "low";

/** What a subject may do that it could not, or the other way round, on the same clusters. */
export interface AccessChange {
  readonly action: "gained" | "lost";
  readonly clusters: readonly string[];
  /** Absent on what several clouds share. */
  readonly cloud?: string;
  /** A user by name, or a subject as in `Group devs`. */
  readonly subject: string;
  /** A namespace, or `*` for the whole cluster. */
  readonly scope: string;
  /** As in `get, list pods` or `do all that ClusterRole edit allows`. */
  readonly right: string;
  readonly risk: Risk;
}
