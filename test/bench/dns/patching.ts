import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { labBinary } from "../../lab/binaries.ts";
import { corefileOf, patch, zonesOf } from "./corefiles.ts";
import { inMs, median, tell, timesOf } from "./measure.ts";

const LINES = 5_000;
const ZONES = 200;
const ZONE_COUNTS = [1, 10, 50, 200];
const LINE_COUNTS = [500, 5_000, 50_000];

/** Zones into a long Corefile, beside what it takes to read its words at all, and CoreDNS' own parser. */
export async function benchPatching(runs: number): Promise<void> {
  const [corefile, zones] = [corefileOf(LINES), zonesOf(ZONES)];
  // as a command does it, which patches once
  const start = performance.now();
  const patched = patch(corefile, zones);
  tell(`${ZONES} zones into ${LINES} lines, the first time in a process`, inMs(performance.now() - start));
  const measure = async (what: string, work: () => unknown): Promise<void> =>
    tell(`${what} (${LINES} lines)`, inMs(median(await timesOf(runs, work))));
  await measure(`${ZONES} zones added`, () => patch(corefile, zones));
  await measure(`${ZONES} zones in place already`, () => patch(patched, zones, zones));
  await measure(`${ZONES} zones removed`, () => patch(patched, [], zones));
  if (patch(patched, [], zones) !== corefile) throw new Error("the Corefile is not as before");
  await measure("floor: the text split into words", () => corefile.split("\n").map((line) => line.split(/\s+/)));
  const judge = await startJudge();
  await measure("CoreDNS' own parser and checks, in Go", () => judge.ask(corefile));
  await judge.stop();
}

/** How it grows with zones and with lines. */
export async function benchGrowth(runs: number): Promise<void> {
  for (const count of ZONE_COUNTS) {
    const [corefile, zones] = [corefileOf(LINES), zonesOf(count)];
    tell(
      `${count} ${count === 1 ? "zone" : "zones"} into ${LINES} lines`,
      inMs(median(await timesOf(runs, () => patch(corefile, zones)))),
    );
  }
  for (const lines of LINE_COUNTS) {
    const [corefile, zones] = [corefileOf(lines), zonesOf(ZONES)];
    tell(`${ZONES} zones into ${lines} lines`, inMs(median(await timesOf(runs, () => patch(corefile, zones)))));
  }
}

/** CoreDNS' parser as a process that answers a line with a line. */
async function startJudge(): Promise<{ ask(corefile: string): Promise<void>; stop(): Promise<void> }> {
  const child = spawn(await labBinary("corefile"), { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    ask: async (corefile) => {
      child.stdin.write(`${JSON.stringify({ corefile, files: {} })}\n`);
      const { error, refusal } = JSON.parse((await lines.next()).value ?? "{}");
      if (error !== undefined || refusal !== undefined) throw new Error(`${error ?? refusal}`);
    },
    stop: async () => {
      const exit = once(child, "exit");
      child.stdin.end();
      await exit;
    },
  };
}
