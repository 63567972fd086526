import type { ServerBlock } from "./server-block.ts";

interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Take lines of blocks out of a text, and put other lines after one of those that stay. All else keeps its bytes. What is
 * put in can be taken out again without a trace: at the end of a text without a last newline, the newline before the lines
 * belongs to them, and theirs is left out.
 *
 * @param blocks - Each has lines of its own.
 * @param after - Place in the text; its line stays.
 * @param lines - What to put in, where lines end with that newline.
 */
export function replaceBlocks(
  text: string,
  blocks: readonly ServerBlock[],
  after: number,
  lines: (newline: string) => string,
): string {
  const spans = spansOf(text, blocks);
  const lineEnd = endOfLine(text, after);
  const head = without(text, spans, 0, lineEnd);
  const tail = without(text, spans, lineEnd, text.length);
  if (head.endsWith("\n")) return head + lines(head.endsWith("\r\n") ? "\r\n" : "\n") + tail;
  // after a last \r, a newline without one would take it away
  const newline = head.endsWith("\r") || head.includes("\r\n") ? "\r\n" : "\n";
  const added = lines(newline);
  return added === "" ? head : head + newline + added.slice(0, -newline.length);
}

/** The lines of blocks, in order; those that touch are one span. */
function spansOf(text: string, blocks: readonly ServerBlock[]): readonly Span[] {
  const spans: Span[] = [];
  for (const {
    keys: [key],
    close,
  } of blocks.toSorted(byPlace)) {
    if (key === undefined || close === undefined) continue;
    const start = Math.max(text.lastIndexOf("\n", key.start - 1) + 1, text.startsWith("\uFEFF") ? 1 : 0);
    const end = endOfLine(text, close.end);
    const last = spans.at(-1);
    if (last?.end === start) spans.splice(-1, 1, { start: last.start, end });
    else spans.push({ start, end });
  }
  const last = spans.at(-1);
  if (last === undefined || last.end < text.length || text.endsWith("\n")) return spans;
  const newline = /\r?\n$/.exec(text.slice(0, last.start))?.[0] ?? "";
  return spans.with(-1, { start: last.start - newline.length, end: last.end });
}

const byPlace = ({ close: a }: ServerBlock, { close: b }: ServerBlock): number => (a?.end ?? 0) - (b?.end ?? 0);

/** Where the next line begins. */
function endOfLine(text: string, at: number): number {
  const newline = text.indexOf("\n", at);
  return newline < 0 ? text.length : newline + 1;
}

function without(text: string, spans: readonly Span[], from: number, to: number): string {
  const kept: string[] = [];
  let at = from;
  for (const { start, end } of spans) {
    if (start >= to) break;
    if (start > at) kept.push(text.slice(at, start));
    at = Math.max(at, end);
  }
  return kept.join("") + text.slice(at, Math.max(at, to));
}
