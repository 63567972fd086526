import { spawnSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** How long the built command line takes to print its help, beside Node's own start; run `npm run build` before. */
const MAIN = fileURLToPath(new URL("../../../lib/cli/main.js", import.meta.url));

const RUNS = 21;

/** What `lcloud --help` may take, in milliseconds: in all, or beyond Node's start. */
const TARGET = { total: 150, beyondNode: 100 };

const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  "node -e 0": ["-e", "0"],
  "lcloud --help": [MAIN, "--help"],
  "lcloud sync --help": [MAIN, "sync", "--help"],
  "lcloud --version": [MAIN, "--version"],
};

/** One run of each in turn, so that what else the machine does meets all of them alike. */
const times = new Map<string, number[]>(Object.keys(COMMANDS).map((name) => [name, []]));
for (let run = 0; run <= RUNS; run++) {
  for (const [name, args] of Object.entries(COMMANDS)) {
    const ms = measure(args);
    // The first run fills the file cache.
    if (run > 0) times.get(name)?.push(ms);
  }
}

const floor = median(times.get("node -e 0") ?? []);
for (const [name, each] of times) {
  const ms = median(each);
  console.log(
    `${name.padEnd(20)} ${ms.toFixed(0).padStart(4)} ms   ${(ms - floor).toFixed(0).padStart(4)} beyond Node`,
  );
}
const help = median(times.get("lcloud --help") ?? []);
const isMet = help <= TARGET.total || help - floor <= TARGET.beyondNode;
console.log(`${isMet ? "met" : "missed"}: ${TARGET.total} ms, or ${TARGET.beyondNode} ms beyond Node's start`);
process.exitCode = isMet ? 0 : 1;

function measure(args: readonly string[]): number {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}: ${stderr}`);
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
