import { countOf } from "../model/count.ts";
import type { ClusterAccess, GrantOutcome } from "../post-sync/cluster-access.ts";
import { summarizeDns } from "./align-zones.ts";
import type { Summary } from "./clusters.ts";
import type { PulledAccess } from "./pull-access.ts";
import { summarizeApplied } from "./summarize-applied.ts";

export const summarizePulled = ({ applied, ...given }: PulledAccess): Summary =>
  joinSummaries(summarizeApplied(applied), summarizeAccess(given));

export const summarizeAccess = ({ access, dns }: Pick<PulledAccess, "access" | "dns">): Summary =>
  joinSummaries(
    { failed: hasFailed(access), text: formatOutcomes(access) },
    ...(dns === undefined ? [] : [summarizeDns(dns)]),
  );

export const joinSummaries = (...summaries: readonly Summary[]): Summary => ({
  failed: summaries.some(({ failed }) => failed),
  text: summaries.map(({ text }) => text).join("; "),
});

const hasFailed = ({ failures, users }: ClusterAccess): boolean =>
  failures.length > 0 || users.some(({ failure }) => failure !== undefined);

/** As in `2 issued, 5 kept; 1 of 8 users failed`. */
function formatOutcomes({ users, failures }: ClusterAccess): string {
  const counts = new Map<GrantOutcome, number>();
  for (const { outcome } of users) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  const done = [...counts].map(([outcome, count]) => `${count} ${outcome}`);
  const failed = users.filter(({ failure }) => failure !== undefined).length;
  return [
    done.join(", ") || "no users",
    ...failures.map(({ code }) => code),
    ...(failed === 0 ? [] : [`${failed} of ${countOf(users.length, "user")} failed`]),
  ].join("; ");
}
