import type { Failure } from "../../model/change.ts";

/** What was done for the zones of a cluster's clouds in its DNS. */
export interface DnsReport {
  readonly cluster: string;
  readonly zones: readonly ZoneOutcome[];
  readonly loaded: Loaded;
  /** Empty on success. */
  readonly failures: readonly Failure[];
  /** What somebody should know, and is no failure. */
  readonly remarks: readonly string[];
}

/**
 * What came of one zone.
 *
 * - `added`, `changed`, `removed`: written
 * - `kept`: in place already
 * - `missing`: not in place, and not for us to write; a remark or a failure says whose it is
 * - `refused`: not written, or left as it was; a failure says why
 */
export interface ZoneOutcome {
  readonly cloud: string;
  readonly zone: string;
  readonly action: "added" | "changed" | "removed" | "kept" | "missing" | "refused";
}

/**
 * Whether the DNS server has taken it over.
 *
 * - `loaded`: every replica has
 * - `unseen`: nobody can tell
 * - `waiting`: not all of them had when the time was over, or one has refused it; a failure says more
 * - `none`: there is nothing to be loaded
 */
export type Loaded =
  | { readonly kind: "loaded"; readonly replicas: number }
  | { readonly kind: "unseen"; readonly reason: string }
  | { readonly kind: "waiting"; readonly loaded: number; readonly replicas: number }
  | { readonly kind: "none" };
