import type { DiffReport } from "../../pipeline.ts";
import { type Detail, formatHeadline, type Section, sectionsOf } from "./diff-sections.ts";
import { onStdout } from "./style.ts";

/** What people read at a glance; the rest is in JSON, and in the whole report. */
const BRIEF: Detail = { maxValue: 200, maxClusters: 8 };

const WHOLE: Detail = { maxValue: Infinity, maxClusters: Infinity };

const MAX_REMARK = 300;

const COLOURS = { "+": "green", "-": "red", "~": "yellow", " ": "dim" } as const;

/** For a terminal. */
export function formatDiff(report: DiffReport): string {
  const sections = sectionsOf(report, BRIEF).map(({ title, lines }) => [
    title,
    ...lines.map(({ mark, text }) => onStdout(COLOURS[mark], `  ${mark} ${text}`.trimEnd())),
  ]);
  return [[`${formatHeadline(report)}`], ...sections].map((lines) => `${lines.join("\n")}\n`).join("\n");
}

/** The first line of a comment, by which whoever updates it finds it. */
const MARKER = "<!-- lcloud diff -->";

/** All of it, however long. */
export const formatWholeMarkdown = (report: DiffReport): string =>
  [...headOf(report), ...sectionsOf(report, WHOLE).flatMap((section) => blockOf(section, Infinity))].join("\n");

/**
 * For a comment on a pull request: what it comes to first, and sections cut as they must be, the longest ones most.
 *
 * @param maxCharacters - As JavaScript counts them, which is no fewer than forges do; at least 2000, for what is told first.
 * @param whole - Where all of it is: a file, or a command.
 */
export function formatMarkdown(report: DiffReport, maxCharacters: number, whole: string): string {
  const sections = sectionsOf(report, BRIEF);
  const blocks = sections.map((section) => blockOf(section, Infinity));
  const all = [...headOf(report), ...blocks.flat()].join("\n");
  if (all.length <= maxCharacters) return all;
  const note = `**Cut, since it is too long for a comment.** All of it: ${plain(whole)}`;
  const head = [...headOf(report), note, ""];
  const room = maxCharacters - head.join("\n").length - 1;
  const cut = sections.map((section, index) => [section, lengthOf(blocks[index] ?? [])] as const);
  return [...head, ...shareRoom(cut, room)].join("\n");
}

const headOf = (report: DiffReport): readonly string[] => [
  MARKER,
  `### ${formatHeadline(report)}`,
  "",
  ...report.remarks.flatMap((remark) => [`> ${plain(remark)}`, ""]),
];

/** Text of others between our own: nothing in it is Markdown, HTML or a mention. */
const plain = (text: string): string =>
  `\`${text
    .replace(/[`\s]+/g, " ")
    .trim()
    .slice(0, MAX_REMARK)}\``;

/** What is short is told whole; what is long shares what is left. */
function shareRoom(sections: readonly (readonly [Section, number])[], room: number): readonly string[] {
  const shortestFirst = [...sections.entries()].sort(([, [, a]], [, [, b]]) => a - b);
  const blocks: (readonly string[])[] = [];
  let left = room;
  for (const [done, [index, [section]]] of shortestFirst.entries()) {
    const block = blockOf(section, Math.floor(left / (sections.length - done)));
    blocks[index] = block;
    left -= lengthOf(block);
  }
  return blocks.flat();
}

const lengthOf = (lines: readonly string[]): number => lines.reduce((sum, line) => sum + line.length + 1, 0);

/** @returns Nothing where not even its frame has room. */
function blockOf({ title, lines }: Section, room: number): readonly string[] {
  const texts = lines.map(({ mark, text }) => `${mark === "~" ? "!" : mark} ${text}`.trimEnd());
  // longer than any run of backticks within, so that nothing closes it early
  const fence = "`".repeat(longestRun(texts) + 1);
  const head = ["<details>", `<summary>${escapeHtml(title)}</summary>`, "", `${fence}diff`];
  const foot = [fence, "", "</details>", ""];
  const more = (count: number): string => `  … and ${count} lines more`;
  const frame = lengthOf([...head, ...foot]);
  if (frame + lengthOf(texts) <= room) return [...head, ...texts, ...foot];
  let left = room - frame - lengthOf([more(texts.length)]);
  if (left < 0) return [];
  const kept = texts.findIndex((text) => {
    left -= text.length + 1;
    return left < 0;
  });
  return [...head, ...texts.slice(0, kept), more(texts.length - kept), ...foot];
}

const longestRun = (texts: readonly string[]): number =>
  texts.reduce(
    (longest, text) => (text.match(/`+/g) ?? []).reduce((max, run) => Math.max(max, run.length), longest),
    2,
  );

const escapeHtml = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
