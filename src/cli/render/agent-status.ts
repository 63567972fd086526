import type { ClusterStatus } from "../../model/status.ts";

/** Cells of a row for each unit of each cluster's agent: cluster, unit, state, revision, message. */
export const unitRows = ({ cluster, agent }: ClusterStatus): readonly (readonly string[])[] =>
  (agent?.units ?? []).map(({ unit, state, revision = "", message }) => [
    cluster,
    unit,
    state,
    shortRevision(revision),
    // what it says of success is what the other cells say
    state === "applied" ? "" : oneLine(message),
  ]);

/** As `git log --oneline` shows it; of a digest, its algorithm stays. */
const shortRevision = (revision: string): string => revision.replace(/^((?:sha256:)?[0-9a-f]{8})[0-9a-f]+$/, "$1");

const MAX_MESSAGE = 160;

function oneLine(message: string): string {
  const line = message.replace(/\s+/g, " ").trim();
  return line.length > MAX_MESSAGE ? `${line.slice(0, MAX_MESSAGE - 1)}…` : line;
}
