import { existsSync } from "node:fs";
import { join } from "node:path";
import { diffFleet } from "../inspect/diff/diff-fleet.ts";
import type { FleetDiff } from "../model/diff.ts";
import { CloudError } from "../model/error.ts";
import { readDist } from "../rendered/read-dist.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import { findCdk8sConfig } from "../repository/cdk8s-config.ts";
import { type BaseCommit, extractCommit, findBaseCommit } from "../repository/git/base-commit.ts";
import { findOtherLocks, linkPackages } from "../repository/packages.ts";
import { inScratchFolder } from "../repository/scratch-folder.ts";
import { type AppOptions, renderApp } from "./app.ts";

export interface DiffOptions extends Omit<AppOptions, "dist"> {
  /** What to compare with: a branch, a tag, a commit. */
  readonly base: string;
}

export interface DiffReport extends FleetDiff {
  readonly base: { readonly ref: string; readonly commit: string };
  /** What a reader must know of how it was compared; mostly empty. */
  readonly remarks: readonly string[];
}

/**
 * Render the working tree and a commit, both anew and elsewhere, and compare them: a dist/ that is not up to date shows
 * nothing wrong.
 *
 * @throws {@link CloudError} `INVALID` for a base that is not there; what either app fails with.
 */
export async function compareBase(options: DiffOptions): Promise<DiffReport> {
  const commit = await findBaseCommit(options.folder, options.base);
  return inScratchFolder(async (scratch) => {
    const [head, base] = await Promise.allSettled([
      render(options, join(scratch, "head")),
      readBase(commit, options, scratch),
    ]);
    if (head.status === "rejected") throw head.reason;
    if (base.status === "rejected") throw base.reason;
    const { clusters, remarks } = base.value;
    return { base: { ref: commit.ref, commit: commit.commit }, remarks, ...diffFleet(clusters, head.value) };
  });
}

async function render(options: AppOptions, dist: string): Promise<readonly RenderedCluster[]> {
  await renderApp({ ...options, dist });
  return readDist(dist);
}

interface Base {
  readonly clusters: readonly RenderedCluster[];
  readonly remarks: readonly string[];
}

/** A way to know what a commit renders. */
interface Way {
  readonly read: () => Promise<readonly RenderedCluster[]>;
  /** What to say of it where it is the one that was taken. */
  readonly remark: string | undefined;
  /** What to say where it leads nowhere, before why. */
  readonly failed: string;
}

async function readBase(commit: BaseCommit, options: DiffOptions, scratch: string): Promise<Base> {
  const extracted = join(scratch, "base");
  await extractCommit(commit, extracted, join(scratch, "index"));
  const trees = { checkout: commit.checkout, extracted, prefix: commit.prefix };
  const locks = findOtherLocks(trees);
  linkPackages(trees);
  const folder = join(extracted, commit.prefix);
  const { ref } = commit;
  const output = (await findCdk8sConfig(folder).catch(() => undefined))?.output ?? "dist";
  const hasDist = existsSync(join(folder, output));
  if (!hasDist && !existsSync(join(folder, "cdk8s.yaml"))) {
    return { clusters: [], remarks: [`${ref} has no cdk8s.yaml in this folder, so all of it is new`] };
  }
  const onOutput = (line: string): void => options.onOutput(`${ref}: ${line}`);
  const others = `another ${locks.join(", ")}`;
  const app: Way = {
    read: () => render({ ...options, folder, onOutput }, join(scratch, "out")),
    remark: locks.length === 0 ? undefined : `${ref} has ${others}, and was rendered with the packages installed here`,
    failed: `${ref} cannot be rendered here`,
  };
  const dist: Way = {
    read: () => readDist(join(folder, output)),
    remark: `compared with the ${output}/ committed in ${ref}${locks.length === 0 ? "" : `, which has ${others}`}`,
    failed: `the ${output}/ committed in ${ref} cannot be read here`,
  };
  // with other packages the same clouds/ may render something else: what is committed was made with its own
  const ways = locks.length > 0 ? [dist, app] : [app, dist];
  return firstOf(ref, hasDist ? ways : [app]);
}

/** @throws {@link CloudError} what the first way fails with, where all do. */
async function firstOf(ref: string, ways: readonly Way[]): Promise<Base> {
  const failures: CloudError[] = [];
  const remarks: string[] = [];
  for (const { read, remark, failed } of ways) {
    try {
      const clusters = await read();
      return { clusters, remarks: [...remarks, ...(remark === undefined ? [] : [remark])] };
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
      failures.push(error);
      remarks.push(`${failed}: ${error.message.split("\n", 2).join(" ")}`);
    }
  }
  throw unknownBase(ref, failures);
}

function unknownBase(ref: string, failures: readonly CloudError[]): CloudError {
  const [first] = failures;
  const remedy = "make its app run here, or commit its dist/";
  const message = `${ref}: nobody can tell what it renders, so nothing was compared; ${remedy}`;
  const told = failures.flatMap((failure) => failure.message.split("\n")).map((line) => `  ${line}`);
  const options = { cause: first, faults: first?.faults ?? [] };
  return new CloudError(first?.code ?? "APP_FAILED", [message, ...told].join("\n"), options);
}
