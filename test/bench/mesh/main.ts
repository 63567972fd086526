import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Measurement } from "./measure.ts";
import { FLEETS } from "./telco.ts";

/** `npm run bench:mesh [-- <rounds>]`: roots and authorities, beside the keys and signatures that they cannot do without. */
const rounds = Number(process.argv[2] ?? 5);

interface Variant {
  readonly title: string;
  readonly run: (fleet: string, folder: string) => Measurement;
}

const variants: readonly Variant[] = [
  { title: "floor: node:crypto, keys and signatures", run: (fleet, folder) => runChild("bare.ts", fleet, folder) },
  { title: "lcloud, files in memory", run: (fleet, folder) => runChild("ours.ts", fleet, folder) },
  { title: "lcloud, again: nothing to make", run: runTwice },
  {
    title: "lcloud, files on the disk",
    run: (fleet) => inFolder(tmpdir(), (folder) => runChild("ours.ts", fleet, folder)),
  },
];

function report(fleet: string, roots: number, authorities: number): void {
  const found = new Map<Variant, Measurement[]>(variants.map((variant) => [variant, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const [variant, measurements] of found) {
      process.stderr.write(`${fleet}, round ${round} of ${rounds}: ${variant.title}\n`);
      const memory = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
      measurements.push(inFolder(memory, (folder) => variant.run(fleet, folder)));
    }
  }
  const rows = [...found].map(([{ title }, measurements]) => ({ title, ...medians(measurements) }));
  const [floor = { ms: 1, cpuMs: 1 }] = rows;
  const head = `${fleet}: ${roots} roots, ${authorities.toLocaleString("en")} authorities`;
  console.log(head.padEnd(44) + ["s", "× floor", "CPU s", "× floor", "MB"].map((cell) => cell.padStart(9)).join(""));
  for (const { title, ms, cpuMs, mb } of rows) {
    const times = [ms / 1000, ms / floor.ms, cpuMs / 1000, cpuMs / floor.cpuMs].map((each) => each.toFixed(2));
    console.log(title.padEnd(44) + [...times, mb.toFixed(0)].map((cell) => cell.padStart(9)).join(""));
  }
}

const medians = (measurements: readonly Measurement[]): Measurement => ({
  ms: median(measurements.map(({ ms }) => ms)),
  cpuMs: median(measurements.map(({ cpuMs }) => cpuMs)),
  mb: median(measurements.map(({ mb }) => mb)),
});

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}

function runTwice(fleet: string, folder: string): Measurement {
  runChild("ours.ts", fleet, folder);
  return runChild("ours.ts", fleet, folder);
}

function runChild(script: string, fleet: string, folder: string): Measurement {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [path, fleet, folder], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${script} failed: ${stderr}`);
  return JSON.parse(stdout);
}

function inFolder<T>(parent: string, use: (folder: string) => T): T {
  const folder = mkdtempSync(join(parent, "lcloud-bench-"));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

console.log(`medians of ${rounds}; Node ${process.version}, ${availableParallelism()} cores`);
for (const [fleet, clouds] of FLEETS) report(fleet, clouds.length, clouds.flatMap(({ clusters }) => clusters).length);
