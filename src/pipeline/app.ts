import { realpath } from "node:fs/promises";
import { join } from "node:path";
import type { MeshCost } from "../mesh/mesh-cost.ts";
import { CloudError, type Fault, invalid } from "../model/error.ts";
import { findAppReport, type RenderedReport } from "../rendered/app-report.ts";
import { findWantedFile, type WantedFile } from "../rendered/wanted-file.ts";
import type { WrittenDist } from "../rendered/write-dist.ts";
import { readCdk8sConfig } from "../repository/cdk8s-config.ts";
import { type Environment, runApp } from "../repository/run-app.ts";
import { inScratchFolder } from "../repository/scratch-folder.ts";
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
  readonly warnings: readonly Fault[];
  /** What clouds' own meshes take of all clusters together; absent where there is none. */
  readonly meshes?: MeshCost;
}

/** Let the app write dist/. */
export async function renderApp(options: AppOptions): Promise<SynthReport> {
  const dist = await distOf(options);
  const { command, report } = await startApp(options, { CDK8S_OUTDIR: dist, LCLOUD_WANTED: undefined });
  if (report === undefined) throw withoutSynth(command);
  const { outdir, written, removed, unchanged, warnings, meshes } = report;
  const [there, here] = await Promise.all([outdir, inFolder(options.folder, dist)].map(findReal));
  if (there !== here) {
    throw new CloudError(
      "APP_FAILED",
      `the app wrote to ${outdir}, not to ${dist}; take outdir out of FleetApp's props`,
    );
  }
  return { dist, written, removed, unchanged, warnings, ...(meshes === undefined ? {} : { meshes }) };
}

/** Ask the app who needs a certificate request; it renders nothing then. */
export async function askWanted(options: AppOptions): Promise<WantedFile> {
  return inScratchFolder(async (scratch) => {
    const path = join(scratch, "wanted.json");
    const { command } = await startApp(options, { LCLOUD_WANTED: path });
    const wanted = await findWantedFile(path);
    if (wanted === undefined) throw withoutSynth(command);
    return wanted;
  });
}

/** @throws {@link CloudError} `INVALID` with the faults that the app found; `APP_FAILED` where it failed in another way. */
async function startApp(
  { folder, env, onOutput }: AppOptions,
  variables: Environment,
): Promise<{ readonly command: string; readonly report: RenderedReport | undefined }> {
  const { app: command } = await readCdk8sConfig(folder);
  return inScratchFolder(async (scratch) => {
    const path = join(scratch, "report.json");
    const failure = await runApp({ command, folder, env: { ...env, ...variables, LCLOUD_REPORT: path }, onOutput });
    const report = await findAppReport(path);
    if (report?.kind === "refused") throw new CloudError("INVALID", report.message, { faults: report.faults });
    if (failure !== undefined) throw new CloudError("APP_FAILED", `the app ${failure}; see what it said: ${command}`);
    return { command, report };
  });
}

/** An app that ends well and has told nothing is none of ours: a plain cdk8s App writes to dist/ what it likes. */
const withoutSynth = (command: string): CloudError =>
  invalid(
    [
      {
        path: "cdk8s.yaml",
        message: `app: no FleetApp was synthesized by ${command}; make the clouds in new FleetApp({ fleet }), and end with its synth()`,
      },
    ],
    "nothing was rendered",
  );

const findReal = (path: string): Promise<string | undefined> => realpath(path).catch(() => undefined);
