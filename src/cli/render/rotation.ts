import type { RotateMeshReport } from "../../pipeline.ts";
import { EXIT } from "../exit-code.ts";
import type { Result } from "../run-command.ts";
import { formatDate } from "./access.ts";
import { formatFailure } from "./changes.ts";
import { formatTable } from "./table.ts";

/** What was done in each cluster, and what it is waited for there. */
export const formatRotation = ({ clusters }: RotateMeshReport): string =>
  formatTable(
    ["CLUSTER", "AUTHORITY", "WAITS FOR"],
    clusters.map(({ cluster, action, awaited }) => [cluster, action, awaited.join("; ")]),
  );

/** A line for each cluster that holds it up, what comes next, and how the command ends. */
export function outcomeOfRotation(report: RotateMeshReport): Required<Pick<Result, "failures" | "notes" | "exitCode">> {
  const { cloud, clusters, isChanged } = report;
  const held = clusters.flatMap(({ cluster, failures }) => failures.map((each) => formatFailure(each, cluster)));
  const waiting = clusters.flatMap(({ cluster, awaited }) =>
    awaited.map((reason) => `${cluster}: ${reason}; see why, then run the same command again (ROTATION_PENDING)`),
  );
  const failures = [...held, ...waiting];
  if (failures.length > 0) return { failures, notes: notesOf(report), exitCode: EXIT.clustersFailed };
  if (report.state !== "pending" || isChanged) return { failures, notes: notesOf(report), exitCode: EXIT.done };
  const pending = `mesh/${cloud}: ${notesOf(report).join("; ")} (ROTATION_PENDING)`;
  return { failures: [pending], notes: [], exitCode: EXIT.refused };
}

/** The next full minute: when it is said to be time, it is. */
export const formatNotBefore = (date: Date): string =>
  formatDate(new Date(Math.ceil(date.getTime() / MINUTE_MS) * MINUTE_MS));

const MINUTE_MS = 60_000;

function notesOf({ cloud, rotation }: RotateMeshReport): readonly string[] {
  if (rotation === undefined) return [];
  const { step, notBefore } = rotation;
  const again = `lcloud rotate mesh/${cloud} --root`;
  return [
    notBefore === undefined
      ? `${step}; it is not seen in every cluster yet: ${again} goes on from there`
      : `${step}; the next step is not before ${formatNotBefore(notBefore)}: then run ${again}`,
  ];
}
