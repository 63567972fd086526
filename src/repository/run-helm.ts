import { spawn } from "node:child_process";
import process from "node:process";
import { findChart } from "./find-chart.ts";
import type { Environment } from "./run-app.ts";

/** What helm is to render. */
interface HelmRelease {
  readonly name: string;
  readonly namespace: string;
  readonly chart: string;
  readonly version: string;
  /** By URL. */
  readonly repository: string;
}

export interface HelmOptions {
  /** Program, by path or by name. */
  readonly helm: string;
  /** Folder with charts, instead of repositories. */
  readonly charts?: string;
  /** Folder that helm works in. */
  readonly folder: string;
  /** The whole environment of helm, which knows its repositories and registries by it. */
  readonly env: Environment;
}

export type HelmOutput = { readonly documents: string } | { readonly failure: string };

/**
 * Have the user's own helm render a chart. No cluster is asked. If this process ends first, so does helm.
 *
 * @param values - YAML.
 * @returns What helm has written, or how it failed, in its words.
 */
export async function runHelm(release: HelmRelease, values: string, options: HelmOptions): Promise<HelmOutput> {
  const found = options.charts === undefined ? undefined : findChart(options.charts, release);
  if (found !== undefined && "failure" in found) return found;
  const source = found === undefined ? fromRepository(release) : [found.path];
  const { name, namespace } = release;
  const args = ["template", name, ...source, "--namespace", namespace, "--values", "-"];
  return new Promise((resolve) => {
    const helm = spawn(options.helm, args, { cwd: options.folder, env: { ...options.env } });
    const end = (): boolean => helm.kill("SIGKILL");
    process.once("exit", end);
    const done = (output: HelmOutput): void => {
      process.off("exit", end);
      resolve(output);
    };
    const [out, said]: [Buffer[], Buffer[]] = [[], []];
    helm.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    helm.stderr.on("data", (chunk: Buffer) => said.push(chunk));
    helm.once("error", ({ message }) => done({ failure: `${options.helm} cannot be started (${message})` }));
    helm.once("close", (code) => {
      if (code === 0) done({ documents: Buffer.concat(out).toString("utf8") });
      else done({ failure: lastLine(Buffer.concat(said).toString("utf8")) || `helm ended with exit code ${code}` });
    });
    // helm may end before it has read them, and says why itself
    helm.stdin.on("error", () => {});
    helm.stdin.end(values);
  });
}

const fromRepository = ({ chart, version, repository }: HelmRelease): readonly string[] => {
  return [chart, "--repo", repository, "--version", version];
};

const lastLine = (text: string): string => text.trim().split("\n").at(-1)?.trim() ?? "";
