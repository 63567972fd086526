import { type Change, type ChangeSet, type Failure, waitingUnits } from "../../model/change.ts";
import { formatRef } from "../../model/ref.ts";
import type { SyncReport } from "../../pipeline.ts";
import { EXIT } from "../exit-code.ts";
import type { Result } from "../run-command.ts";
import { printable } from "./style.ts";

/** A line for each object that is not as it was. */
export const formatChanges = (clusters: readonly ChangeSet[]): string =>
  clusters
    .flatMap(({ cluster, units }) => units.flatMap(({ changes }) => changes.filter(isNews).map(lineOf(cluster))))
    .join("");

/** A line for each failure, of a cluster or of a unit on it, and how the command ends. */
export function failuresOfChanges(clusters: readonly ChangeSet[]): Required<Pick<Result, "failures" | "exitCode">> {
  const failures = clusters.flatMap(({ cluster, failures, units }) => [
    ...failures.map((failure) => formatFailure(failure, cluster)),
    ...units.flatMap(({ unit, failures }) => failures.map((failure) => formatFailure(failure, cluster, unit))),
  ]);
  return { failures, exitCode: failures.length === 0 ? EXIT.done : EXIT.clustersFailed };
}

/** What was not delivered yet, and why. */
export const notesOfWaiting = (clusters: readonly ChangeSet[]): readonly string[] =>
  clusters.flatMap((changes) =>
    waitingUnits(changes).map(({ unit, waits = "" }) => `${changes.cluster}: ${unit}: ${printable(waits)}`),
  );

/** What was named to leave in vain. */
export const notesOfRemovals = ({ unusedRemovals }: SyncReport): readonly string[] =>
  unusedRemovals.map((name) => `--remove ${name}: no cluster has anything of it to remove; is it written so?`);

/** @param place - Where it happened, from large to small. */
export const formatFailure = ({ code, message }: Failure, ...place: readonly string[]): string =>
  `${[...place, printable(message)].join(": ")} (${code})`;

const isNews = ({ action }: Change): boolean => action !== "unchanged";

const lineOf =
  (cluster: string) =>
  ({ ref, action, reason }: Change): string =>
    `${cluster}: ${formatRef(ref)} ${action}${reason === undefined ? "" : `: ${reason}`}\n`;
