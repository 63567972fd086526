import { createHash } from "node:crypto";
import { countOf } from "../../model/count.ts";
import type { ClusterReport } from "./push-types.ts";

/** Trailer of our commits that says from which commit of the source they were rendered. */
export const SOURCE_TRAILER = "Source-Commit";

/** Trailer that every commit of ours has. */
export const PLAN_TRAILER = "Plan-Hash";

export interface MessageFacts {
  /** Id of the commit that it was rendered from; absent where nothing tells. */
  readonly source?: string;
  readonly toolVersion: string;
  /** Of all that is delivered, changed or not. */
  readonly planHash: string;
}

/** Names that a subject has room for. */
const MAX_NAMES = 3;

/** Clouds that a list names; a review of more begins with the files. */
const MAX_LISTED = 50;

/** @param reports - Of the clusters that change. */
export function formatMessage(reports: readonly ClusterReport[], facts: MessageFacts): string {
  const trailers = [
    ...(facts.source === undefined ? [] : [`${SOURCE_TRAILER}: ${facts.source}`]),
    `${PLAN_TRAILER}: ${facts.planHash}`,
    `Tool-Version: ${facts.toolVersion}`,
  ];
  const body = reports.map((report) => `${report.cluster}: ${formatCounts(report)}${namesOf(report, "\n  ")}`);
  return `${[formatSubject(reports), body.join("\n"), trailers.join("\n")].join("\n\n")}\n`;
}

/** The body of a pull request, in Markdown. */
export function formatBody(reports: readonly ClusterReport[], facts: MessageFacts): string {
  const rows = reports.map((report) => `- **${report.cluster}**: ${formatCounts(report)}${namesOf(report, "; ")}`);
  const source = facts.source === undefined ? "" : `\n\nRendered from ${facts.source}.`;
  return `${rows.join("\n")}${source}\n`;
}

/** As in `Deliver acme, bank to edge-1, edge-2`. */
export function formatSubject(reports: readonly ClusterReport[]): string {
  const clouds = [...new Set(reports.flatMap((report) => report.clouds))].sort();
  const clusters = reports.map(({ cluster }) => cluster);
  const isRemoval = reports.every(({ written }) => written === 0);
  const where = listNames(clusters, "cluster");
  if (clouds.length === 0) return `${isRemoval ? "Remove" : "Deliver"} ${where}`;
  return `${isRemoval ? "Remove" : "Deliver"} ${listNames(clouds, "cloud")} ${isRemoval ? "from" : "to"} ${where}`;
}

const listNames = (names: readonly string[], noun: string): string =>
  names.length <= MAX_NAMES ? names.join(", ") : countOf(names.length, noun);

function formatCounts({ written, removed, objects }: ClusterReport): string {
  const counts = [
    ...(written === 0 ? [] : [`${countOf(written, "file")} written with ${countOf(objects, "object")}`]),
    ...(removed === 0 ? [] : [`${countOf(removed, "file")} removed`]),
  ];
  return counts.join(", ") || "nothing but its markers";
}

function namesOf({ clouds }: ClusterReport, before: string): string {
  if (clouds.length === 0) return "";
  const more = clouds.length > MAX_LISTED ? ` and ${clouds.length - MAX_LISTED} more` : "";
  return `${before}${clouds.slice(0, MAX_LISTED).join(", ")}${more}`;
}

/**
 * The same for the same files, so that it tells whether two deliveries are of the same dist/.
 *
 * @param ids - Blob ids by path of the repository.
 */
export function planHashOf(ids: ReadonlyMap<string, string>): string {
  const lines = [...ids].map(([path, id]) => `${id} ${path}\n`).sort();
  return createHash("sha256").update(lines.join("")).digest("hex");
}

/** Values of a trailer in a commit's message. */
export const trailersOf = (message: string, name: string): readonly string[] =>
  message.split("\n").flatMap((line) => (line.startsWith(`${name}: `) ? [line.slice(name.length + 2).trim()] : []));
