import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { labBinary } from "../../lab/binaries.ts";
import { measureHelm } from "./helm-template.ts";
import type { Measurement } from "./measure.ts";
import { checkObjects } from "./same-objects.ts";

/** `npm run bench:synth [-- <clouds> [<rounds>]]` */
const clouds = Number(process.argv[2] ?? 1000);
const rounds = Number(process.argv[3] ?? 5);
const SAMPLE = 3;

interface Variant {
  readonly title: string;
  /** Whether the output of a few clouds is compared with that of the others. */
  readonly isCompared: boolean;
  readonly run: (count: number, outdir: string) => Measurement | Promise<Measurement>;
}

const helm = await labBinary("helm");

const variants: readonly Variant[] = [
  { title: "floor: plain objects, JSON", isCompared: true, run: (...given) => runChild("floor.ts", ...given) },
  { title: "lcloud", isCompared: true, run: (...given) => runChild("ours.ts", ...given) },
  {
    title: "lcloud, a patch in every tenth chart",
    isCompared: false,
    run: (...given) => runChild("ours.ts", ...given, "patched"),
  },
  {
    title: "lcloud, four times the clouds",
    isCompared: false,
    run: (count, outdir) => runChild("ours.ts", count * 4, outdir),
  },
  { title: "lcloud, again: nothing to write", isCompared: true, run: runTwice },
  {
    title: "cdk8s, an App for each cluster",
    isCompared: true,
    run: (...given) => runChild("plain-cdk8s.ts", ...given),
  },
  { title: "helm template, once for each cluster", isCompared: true, run: (...given) => measureHelm(helm, ...given) },
];

async function main(): Promise<void> {
  for (const { title, isCompared, run } of variants) {
    if (!isCompared) continue;
    await inFolder(async (outdir) => {
      await run(SAMPLE, outdir);
      checkObjects(title, outdir, SAMPLE);
    });
  }
  const found = new Map<Variant, Measurement[]>(variants.map((variant) => [variant, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const [variant, measurements] of found) {
      process.stderr.write(`round ${round} of ${rounds}: ${variant.title}\n`);
      measurements.push(await inFolder((outdir) => variant.run(clouds, outdir)));
    }
  }
  report([...found].map(([{ title }, measurements]) => ({ title, ...medians(measurements) })));
}

function report(rows: readonly (Measurement & { readonly title: string })[]): void {
  const objects = (clouds * 80).toLocaleString("en");
  console.log(
    `${clouds} clouds × 10 clusters × 8 objects = ${objects}; medians of ${rounds}; Node ${process.version}, ${availableParallelism()} cores`,
  );
  const floor = rows[0]?.ms ?? 1;
  console.log(`${"".padEnd(40)}${"ms".padStart(8)}${"× floor".padStart(10)}${"MB".padStart(8)}`);
  for (const { title, ms, mb } of rows) {
    const cells = [ms.toFixed(0).padStart(8), (ms / floor).toFixed(1).padStart(10), mb.toFixed(0).padStart(8)];
    console.log(title.padEnd(40) + cells.join(""));
  }
  const [, ours, , large, , cdk8s, template] = rows.map(({ ms }) => ms);
  const times = (a = 0, b = 1) => (a / b).toFixed(1);
  console.log(
    `lcloud: ${times(cdk8s, ours)} times as fast as cdk8s, ${times(template, ours)} times as fast as helm template; four times the clouds take ${times(large, ours)} times as long`,
  );
}

const medians = (measurements: readonly Measurement[]): Measurement => ({
  ms: median(measurements.map(({ ms }) => ms)),
  mb: median(measurements.map(({ mb }) => mb)),
});

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}

function runTwice(count: number, outdir: string): Measurement {
  runChild("ours.ts", count, outdir);
  return runChild("ours.ts", count, outdir);
}

function runChild(script: string, count: number, outdir: string, ...more: readonly string[]): Measurement {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const parameters = ["-C", "source", path, String(count), outdir, ...more];
  const { status, stdout, stderr } = spawnSync(process.execPath, parameters, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${script} failed: ${stderr}`);
  return JSON.parse(stdout);
}

/** In memory where there is such a folder, so that no disk is measured. */
async function inFolder<T>(use: (folder: string) => T | Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "lcloud-bench-"));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
