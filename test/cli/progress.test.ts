import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { Account } from "../../src/cli/interrupt.ts";
import { PlainProgress } from "../../src/cli/render/plain-progress.ts";
import { TerminalProgress } from "../../src/cli/render/terminal-progress.ts";
import type { ProgressEvent } from "../../src/model/progress.ts";

const events: readonly ProgressEvent[] = [
  { kind: "begin", stage: "sync", clusters: ["east", "west"] },
  { kind: "step", cluster: "east", text: "connecting" },
  { kind: "end", cluster: "west", failed: true, text: "UNREACHABLE" },
  { kind: "end", cluster: "east", failed: false, text: "3 created" },
  { kind: "begin", stage: "post-sync", clusters: ["east"] },
  { kind: "end", cluster: "east", failed: false, text: "2 issued" },
];

const SHOW_CURSOR = "\u001b[?25h";
const HIDE_CURSOR = "\u001b[?25l";

/** A terminal of 80 columns that keeps what is written to it. */
function terminal() {
  const written: string[] = [];
  const stream = new PassThrough();
  stream.on("data", (chunk: Buffer) => written.push(chunk.toString()));
  const stream80 = Object.assign(stream, { isTTY: true, columns: 80, rows: 24 }) as unknown as NodeJS.WriteStream;
  return { stream: stream80, written: () => written.join("") };
}

test("elsewhere than on a terminal there is a line for each end", () => {
  const lines: string[] = [];
  const progress = new PlainProgress((line) => lines.push(line));
  for (const event of events) progress.onProgress(event);
  expect(lines).toEqual(["sync west: UNREACHABLE", "sync east: 3 created", "post-sync east: 2 issued"]);
});

test("on a terminal the last of each cluster's line stays, stage after stage, marked by how it ended", async () => {
  const { stream, written } = terminal();
  const progress = new TerminalProgress(stream);
  for (const event of events) progress.onProgress(event);
  await progress.settled();
  expect(stripVTControlCharacters(written())).toMatch(
    /✔ sync east: 3 created\s+✖ sync west: UNREACHABLE[\s\S]+✔ post-sync east: 2 issued\s*$/,
  );
});

test("what an agent says meanwhile does not write to the terminal", async () => {
  const { stream, written } = terminal();
  const progress = new TerminalProgress(stream);
  progress.onProgress({ kind: "begin", stage: "sync", clusters: ["east"] });
  progress.onProgress({ kind: "end", cluster: "east", failed: true, text: "quota\u001b]0;owned\u0007 is wrong" });
  await progress.settled();
  expect(written()).toContain("quota]0;owned is wrong");
});

test("a stopped terminal shows its cursor, and what is written to it next", async () => {
  const { stream, written } = terminal();
  const progress = new TerminalProgress(stream);
  progress.onProgress({ kind: "begin", stage: "sync", clusters: ["east"] });
  await expect.poll(written).toContain("sync east");
  progress.stop();
  stream.write("interrupted\n");
  await expect.poll(written).toContain("interrupted\n");
  expect(written().lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(written().lastIndexOf(HIDE_CURSOR));
  progress.onProgress({ kind: "end", cluster: "east", failed: false, text: "done" });
  await progress.settled();
});

test("who interrupts is told what is through with the stage, and what is not", () => {
  const account = new Account();
  expect(account.toString()).toMatch(/^interrupted before/);
  for (const event of events.slice(0, 3)) account.onProgress(event);
  expect(account.toString()).toMatch(/^interrupted in sync; through: west; not through: east; /);
  for (const event of events.slice(3, 5)) account.onProgress(event);
  expect(account.toString()).toMatch(/^interrupted in post-sync; through: none; not through: east; /);
});
