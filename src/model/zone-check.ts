import type { Failure } from "./change.ts";

/**
 * What came of asking for one name.
 *
 * - `ok`: as the Service's own name; in mode `native` and `forward`, there is an answer; of a name that nobody has, NXDOMAIN
 * - `empty`: nothing, and the Service's own name neither: it has no endpoints
 * - `differs`: an answer that is not the Service's, or one for a name that nobody has
 * - `no answer`: none in time
 * - `NXDOMAIN`, `SERVFAIL`, `REFUSED`, …: the server's return code, other than that of the Service's own name
 */
export type NameState = "ok" | "empty" | "differs" | "no answer" | (string & {});

/** A name that was asked for. */
export interface NameCheck {
  /** Without a dot at its end. */
  readonly name: string;
  /** Addresses, or ports of a named port; sorted. */
  readonly answer: readonly string[];
  readonly state: NameState;
  /** Whether it is as it should be: an `empty` one is, unless somebody promised it. */
  readonly isRight: boolean;
}

/** What a cluster's DNS answers for a cloud's zone. */
export interface ZoneCheck {
  readonly cloud: string;
  readonly zone: string;
  readonly mode: "rewrite" | "forward" | "native";
  readonly names: readonly NameCheck[];
  /** Why it could not be asked for all. */
  readonly failures: readonly Failure[];
}

/** What a cluster's DNS answers. */
export interface ClusterZoneCheck {
  readonly cluster: string;
  /** Name of the pod that was asked; absent where none was. */
  readonly pod?: string;
  readonly zones: readonly ZoneCheck[];
  /** Reasons that concern the whole cluster; empty if it could be asked. */
  readonly failures: readonly Failure[];
}
