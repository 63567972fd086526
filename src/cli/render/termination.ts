import type { NamespaceContents } from "../../model/termination.ts";
import type { TerminateReport } from "../../pipeline.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { formatFailure } from "./changes.ts";
import { formatTable } from "./table.ts";

/** What clusters are waited for, and what lives in the namespaces. */
export const formatTermination = ({ clusters }: TerminateReport): string =>
  [
    formatTable(
      ["CLUSTER", "WAITS FOR"],
      clusters.flatMap(({ cluster, pending }) => pending.map((what) => [cluster, what])),
    ),
    formatTable(
      ["CLUSTER", "NAMESPACE", "KIND", "COUNT", "NAMES"],
      clusters.flatMap(({ cluster, occupied }) => occupied.flatMap(rowsOf).map((row) => [cluster, ...row])),
    ),
  ]
    .filter((table) => table !== "")
    .join("\n");

const rowsOf = ({ namespace, kinds }: NamespaceContents): readonly (readonly string[])[] =>
  kinds.map(({ kind, count, names }) => [
    namespace,
    kind,
    String(count),
    names.length < count ? `${names.join(", ")}, …` : names.join(", "),
  ]);

/** A line for each cluster that could not be asked, and how the command ends. */
export function failuresOfTermination({ state, clusters }: TerminateReport): {
  readonly failures: readonly string[];
  readonly exitCode: ExitCode;
} {
  const failures = clusters.flatMap(({ cluster, failures }) => failures.map((each) => formatFailure(each, cluster)));
  if (failures.length > 0) return { failures, exitCode: EXIT.clustersFailed };
  const isThrough = state === "leaving" || state === "gone" || state === "done";
  return { failures, exitCode: isThrough ? EXIT.done : EXIT.refused };
}

/** Namespaces in which something lives, by name. */
export const occupiedNamespaces = ({ clusters }: TerminateReport): readonly string[] =>
  [...new Set(clusters.flatMap(({ occupied }) => occupied.map(({ namespace }) => namespace)))].sort();

/** What was done, and what is to be done next. */
export function nextSteps(report: TerminateReport): string {
  const { cloud, file, step } = report;
  const again = `lcloud terminate ${cloud}`;
  switch (report.state) {
    case "leaving":
      return `${file} says that ${cloud} leaves: commit and review it with dist/, deliver it, then run ${again} again`;
    case "pending":
      return step === "gone"
        ? `nothing was changed: what was rendered must be delivered to every cluster; then run ${again} again`
        : `nothing was changed: access must be gone from every cluster first; deliver, then run ${again} again`;
    case "occupied": {
      const names = occupiedNamespaces(report).flatMap((name) => ["--delete-namespace", name]);
      return `nothing was changed: what is in these namespaces would be deleted with them; if it may be, ${again} ${names.join(" ")}`;
    }
    case "gone":
      return `${file} says that ${cloud} is gone: commit and review it with dist/, deliver it, and its namespaces are deleted; then run ${again} again`;
    case "unmade":
      return `no cluster has anything of ${cloud} any more: take it out of clouds/, then run ${again} again`;
    case "done":
      return `${cloud} is gone, and ${file} with it: commit that`;
  }
}
