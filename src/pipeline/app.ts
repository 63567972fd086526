import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CloudError } from "../model/error.ts";
import { compareSnapshots, snapshotDist } from "../rendered/dist-changes.ts";
import { readWantedFile, type WantedFile } from "../rendered/wanted-file.ts";
import type { WrittenDist } from "../rendered/write-dist.ts";
import { readCdk8sConfig } from "../repository/cdk8s-config.ts";
import { type Environment, runApp } from "../repository/run-app.ts";
import { distOf, inFolder, type Workplace } from "./workplace.ts";

/** For verbs that run the app of cdk8s.yaml. */
export interface AppOptions extends Workplace {
  /** Environment of the app. */
  readonly env: Environment;
  /** Told what the app says, a line at a time. */
  readonly onOutput: (line: string) => void;
}

export interface SynthReport extends WrittenDist {
  /** Folder of what is rendered. */
  readonly dist: string;
  /** What the app lets pass, but somebody should know. */
  readonly warnings: readonly string[];
}

/** Let the app write dist/. */
export async function renderApp(options: AppOptions): Promise<SynthReport> {
  const dist = await distOf(options);
  const path = inFolder(options.folder, dist);
  const before = snapshotDist(path);
  const warnings = await startApp(options, { CDK8S_OUTDIR: dist, LCLOUD_WANTED: undefined });
  if ((await stat(path).catch(() => undefined)) === undefined) {
    throw new CloudError("APP_FAILED", `the app ended well, but wrote no ${dist}; does it end with app.synth()?`);
  }
  return { dist, ...compareSnapshots(before, snapshotDist(path)), warnings };
}

/** Ask the app who needs a certificate request; it renders nothing then. */
export async function askWanted(options: AppOptions): Promise<WantedFile> {
  const scratch = await mkdtemp(join(tmpdir(), "lcloud-"));
  try {
    const path = join(scratch, "wanted.json");
    await startApp(options, { LCLOUD_WANTED: path });
    return await readWantedFile(path);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function startApp({ folder, env, onOutput }: AppOptions, variables: Environment) {
  const { app: command } = await readCdk8sConfig(folder);
  return runApp({ command, folder, env: { ...env, ...variables }, onOutput });
}
