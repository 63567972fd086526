import type { CloudError, ErrorCode } from "./error.ts";
import type { Ref } from "./ref.ts";

export type Action = "created" | "configured" | "unchanged" | "deleted" | "skipped";

/** What was done to one object, or why not. */
export interface Change {
  readonly ref: Ref;
  readonly action: Action;
  /** Why it was skipped; what to do. Absent on every other action. */
  readonly reason?: string;
}

/** A failure as plain data, so that it can be reported beside what succeeded. */
export interface Failure {
  readonly code: ErrorCode;
  /** Without the cluster's name, which stands beside it. */
  readonly message: string;
}

/** @param cluster - Name that the error's message begins with. */
export function failureOf({ code, message }: CloudError, cluster: string): Failure {
  const prefix = `${cluster}: `;
  return { code, message: message.startsWith(prefix) ? message.slice(prefix.length) : message };
}

/** What a delivery did to one unit of one cluster. */
export interface UnitChange {
  readonly unit: string;
  readonly changes: readonly Change[];
  /** What it waits for, and what to do; nothing was done to it then, which is no failure. Absent where it does not wait. */
  readonly waits?: string;
  /** All reasons why this unit was not, or not wholly, delivered; empty on success. */
  readonly failures: readonly Failure[];
}

/** What a delivery did to one cluster. */
export interface ChangeSet {
  readonly cluster: string;
  readonly units: readonly UnitChange[];
  /** Reasons that concern the whole cluster: it cannot be reached, it is the wrong one; empty on success. */
  readonly failures: readonly Failure[];
}

/** How many objects met each action. */
export function countActions(changeSet: ChangeSet): Readonly<Record<Action, number>> {
  const counts = { created: 0, configured: 0, unchanged: 0, deleted: 0, skipped: 0 };
  for (const { changes } of changeSet.units) for (const { action } of changes) counts[action]++;
  return counts;
}

/** Units that were not delivered yet. */
export const waitingUnits = ({ units }: ChangeSet): readonly UnitChange[] =>
  units.filter(({ waits }) => waits !== undefined);

export function hasFailed(changeSet: ChangeSet): boolean {
  return changeSet.failures.length > 0 || changeSet.units.some(({ failures }) => failures.length > 0);
}
