import { spawnSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { PushedCluster } from "../../../src/delivery/git/push-types.ts";
import { layout, parsePath } from "../../../src/rendered/layout.ts";

/** The SaaS fleet as a folder, and the same with one tenant changed. */
export function renderTrees(folder: string): { readonly whole: string; readonly changed: string } {
  const [whole, changed] = [join(folder, "whole"), join(folder, "changed")];
  const script = fileURLToPath(new URL("render.ts", import.meta.url));
  for (const [outdir, cpu] of [
    [whole, "4"],
    [changed, "5"],
  ] as const) {
    const { status, stderr } = spawnSync(process.execPath, ["-C", "source", script, outdir, cpu], { encoding: "utf8" });
    if (status !== 0) throw new Error(`rendering failed: ${stderr}`);
  }
  return { whole, changed };
}

/** Number of objects, as manifests of ours begin. */
export const countObjects = (dir: string): number =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".yaml"))
    .reduce((sum, { parentPath, name }) => sum + countIn(join(parentPath, name)), 0);

const countIn = (path: string): number => readFileSync(path, "utf8").match(/^kind: /gm)?.length ?? 0;

/** What is delivered of a folder. */
export function readPushed(dir: string): readonly PushedCluster[] {
  return readdirSync(dir).map((name) => {
    const paths = readdirSync(join(dir, name), { recursive: true, encoding: "utf8" }).map((path) => `${name}/${path}`);
    const ours = paths.filter((path) => parsePath(path) !== undefined);
    return { name, path: "clusters", files: new Map(ours.map((path) => [path, readFileSync(join(dir, path))])) };
  });
}

/** A fleet of so many files, in four clusters, of some 700 bytes each. */
export function madeUp(files: number, value: (cluster: number, cloud: number) => string): readonly PushedCluster[] {
  return Array.from({ length: 4 }, (_, cluster) => {
    const name = `cluster-${cluster}`;
    const clouds = Array.from({ length: Math.floor(files / 8) }, (_, cloud) => `tenant-${cloud}`);
    const content = (cloud: number, kind: string): Buffer =>
      Buffer.from(
        `kind: ${kind}\nname: tenant-${cloud}\nvalue: ${value(cluster, cloud)}\n${"rule: allow\n".repeat(50)}`,
      );
    const entries = clouds.flatMap((cloud, index) => [
      [layout.cloud(name, cloud), content(index, "Namespace")] as const,
      [layout.grants(name, cloud), content(index, "Grants")] as const,
    ]);
    return { name, path: "clusters", files: new Map(entries) };
  });
}

/** Copy what is delivered to where a working tree of git has it. */
export const copyTree = (dir: string, worktree: string): void =>
  cpSync(dir, join(worktree, "clusters"), { recursive: true });
