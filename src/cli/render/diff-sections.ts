import { countOf } from "../../model/count.ts";
import type { AccessChange, ClusterGroup, FieldChange, FleetDiff, ObjectChange } from "../../model/diff.ts";
import { formatRef } from "../../model/ref.ts";

/** A part of a report that may be cut after any of its lines. */
export interface Section {
  readonly title: string;
  readonly lines: readonly Line[];
}

interface Line {
  /** What comes, goes and changes; a field belongs to the line before it. */
  readonly mark: "+" | "-" | "~" | " ";
  readonly text: string;
}

/** How much of each thing is told. */
export interface Detail {
  /** Characters of a field's value. */
  readonly maxValue: number;
  /** Clusters by name, before the others are only counted. */
  readonly maxClusters: number;
}

/** All that differs in one line: what goes away, and who becomes dangerous, is told here already. */
export function formatHeadline({ groups, access, counts }: FleetDiff): string {
  if (groups.length === 0) return "No difference";
  const { added, changed, removed } = counts;
  const objects = countOf(added + changed + removed, "object");
  const kinds = `${added} added, ${changed} changed, ${removed} removed`;
  const gone = namesOf(groups.filter(({ presence }) => presence === "removed"));
  return [
    `${objects} on ${countOf(counts.clusters, "cluster")}: ${kinds}`,
    ...(gone.length === 0 ? [] : [`${countOf(gone.length, "cluster")} removed`]),
    `access: ${formatAccessCount(access, "gained")}, ${formatAccessCount(access, "lost")}`,
  ].join("; ");
}

const namesOf = (groups: readonly ClusterGroup[]): readonly string[] => groups.flatMap(({ clusters }) => clusters);

function formatAccessCount(access: readonly AccessChange[], action: AccessChange["action"]): string {
  const changes = access.filter((change) => change.action === action);
  const critical = changes.filter(({ risk }) => risk === "critical").length;
  return `${changes.length} ${action}${critical === 0 ? "" : ` (${critical} critical)`}`;
}

/**
 * Objects by cluster, those of equal clusters together, then access gained and lost.
 */
export function sectionsOf({ groups, access }: FleetDiff, detail: Detail): readonly Section[] {
  return [
    ...groups.map((group) => ({ title: titleOf(group, detail), lines: linesOf(group, detail) })),
    accessSection("gained", access, detail),
    accessSection("lost", access, detail),
  ].filter(({ lines }) => lines.length > 0);
}

function titleOf({ clusters, presence, objects }: ClusterGroup, detail: Detail): string {
  const count = (action: ObjectChange["action"]): number => objects.filter((each) => each.action === action).length;
  const counts = `${count("added")} added, ${count("changed")} changed, ${count("removed")} removed`;
  return `${formatClusters(clusters, detail)}${presence === "same" ? "" : ` (cluster ${presence})`}: ${counts}`;
}

function linesOf({ presence, clusters, settings, objects }: ClusterGroup, { maxValue }: Detail): readonly Line[] {
  const fields = (changes: readonly FieldChange[]): readonly Line[] =>
    changes.map((change) => line(" ", `    ${formatField(change, maxValue)}`));
  return [
    ...(presence === "same" ? [] : [line(presence === "added" ? "+" : "-", countOf(clusters.length, "cluster"))]),
    ...(settings.length === 0 ? [] : [line("~", "cluster and users"), ...fields(settings)]),
    ...objects.flatMap((each) => [line(MARKS[each.action], formatObject(each)), ...fields(each.fields)]),
  ];
}

const MARKS = { added: "+", changed: "~", removed: "-" } as const;

const formatObject = ({ cloud, ref }: ObjectChange): string =>
  `${formatRef(ref)}${cloud === undefined ? "" : ` (cloud ${cloud})`}`;

function formatField({ path, before, after }: FieldChange, maxValue: number): string {
  const told = (value: string | undefined): string => {
    if (value === undefined) return "nothing";
    return value.length > maxValue ? `${value.slice(0, maxValue)}…` : value;
  };
  return `${path}: ${told(before)} -> ${told(after)}`;
}

function accessSection(action: AccessChange["action"], access: readonly AccessChange[], detail: Detail): Section {
  const changes = access.filter((change) => change.action === action);
  const mark = action === "gained" ? "+" : "-";
  const lines = changes.map((change) => line(mark, formatAccess(change, detail)));
  return { title: `Access ${action}: ${changes.length}`, lines };
}

function formatAccess({ clusters, cloud, subject, scope, right, risk }: AccessChange, detail: Detail): string {
  const where = scope === "*" ? "the whole cluster" : `namespace ${scope}`;
  const whose = cloud === undefined ? "" : ` (cloud ${cloud})`;
  return `${risk}: ${subject}${whose} may ${right} in ${where} (${formatClusters(clusters, detail)})`;
}

function formatClusters(names: readonly string[], { maxClusters }: Detail): string {
  const more = names.length - maxClusters;
  return more > 1 ? `${names.slice(0, maxClusters).join(", ")} and ${more} more` : names.join(", ");
}

/** Names come from people: none may leave its line, or steer a terminal. */
const line = (mark: Line["mark"], text: string): Line => ({
  mark,
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  text: text.replace(/[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g, "\ufffd"),
});
