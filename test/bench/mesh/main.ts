import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Measurement, Turns } from "./measure.ts";
import { FLEETS } from "./telco.ts";

/**
 * `npm run bench:mesh [-- <rounds>]`: roots and authorities, beside the keys, signatures and files that nobody who makes them
 * can do without. Each number is of processes of its own, which have loaded what they need; `warm` is what a process takes
 * once it has made the fleet before.
 */
const rounds = Number(process.argv[2] ?? 5);

interface Variant {
  readonly title: string;
  readonly script: "bare.ts" | "ours.ts";
  readonly parent: string;
  readonly turns: Turns;
}

const memory = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/** A floor first, then what stands on it. */
function variantsOf(authorities: number): readonly (readonly Variant[])[] {
  // long enough to tell it from what else the machine does
  const turns = { unmeasured: 1, measured: Math.ceil(2_000 / authorities), again: false };
  const group = (where: string, parent: string, turns: Turns): readonly Variant[] => [
    { title: `floor: node:crypto, ${where}`, script: "bare.ts", parent, turns },
    { title: `lcloud, ${where}`, script: "ours.ts", parent, turns },
  ];
  const again: Variant = {
    ...{ title: "lcloud, in memory, nothing to make", script: "ours.ts", parent: memory },
    turns: { ...turns, again: true },
  };
  return [
    [...group("in memory, warm", memory, turns), again],
    group("on the disk, warm", tmpdir(), turns),
    group("on the disk, first time", tmpdir(), { unmeasured: 0, measured: 1, again: false }),
  ];
}

function report(fleet: string, roots: number, authorities: number): void {
  const groups = variantsOf(authorities);
  const found = new Map<Variant, Measurement[]>(groups.flat().map((variant) => [variant, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const [variant, measurements] of found) {
      process.stderr.write(`${fleet}, round ${round} of ${rounds}: ${variant.title}\n`);
      measurements.push(run(variant, fleet));
    }
  }
  const head = `${fleet}: ${roots} roots, ${authorities.toLocaleString("en")} authorities`;
  print(head, ["s", "× floor", "CPU s", "× floor", "MB"]);
  for (const group of groups) {
    const rows = group.map((variant) => ({ title: variant.title, ...medians(found.get(variant) ?? []) }));
    const [floor = { ms: 1, cpuMs: 1 }] = rows;
    for (const { title, ms, cpuMs, mb } of rows) {
      const times = [ms / 1000, ms / floor.ms, cpuMs / 1000, cpuMs / floor.cpuMs].map((each) => each.toFixed(2));
      print(title, [...times, mb.toFixed(0)]);
    }
  }
}

const print = (title: string, cells: readonly string[]): void =>
  console.log(title.padEnd(48) + cells.map((cell) => cell.padStart(9)).join(""));

const medians = (measurements: readonly Measurement[]): Measurement => ({
  ms: median(measurements.map(({ ms }) => ms)),
  cpuMs: median(measurements.map(({ cpuMs }) => cpuMs)),
  mb: median(measurements.map(({ mb }) => mb)),
});

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}

function run({ script, parent, turns }: Variant, fleet: string): Measurement {
  const folder = mkdtempSync(join(parent, "lcloud-bench-"));
  try {
    const path = fileURLToPath(new URL(script, import.meta.url));
    const args = ["-C", "source", path, fleet, folder, JSON.stringify(turns)];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    if (status !== 0) throw new Error(`${script} failed: ${stderr}`);
    return JSON.parse(stdout);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

console.log(`medians of ${rounds}; Node ${process.version}, ${availableParallelism()} cores`);
for (const [fleet, clouds] of FLEETS) report(fleet, clouds.length, clouds.flatMap(({ clusters }) => clusters).length);
