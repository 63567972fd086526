import { lstatSync } from "node:fs";
import { join } from "node:path";
import { listDist } from "./list-dist.ts";
import type { WrittenDist } from "./write-dist.ts";

/** What tells a file from what is written in its place, by path: every write is a new file. */
export type DistSnapshot = ReadonlyMap<string, string>;

/** Note the files of dist/ before another program writes it. */
export function snapshotDist(dir: string): DistSnapshot {
  const files = [...listDist(dir)].filter(([, kind]) => kind === "file");
  return new Map(
    files.map(([path]) => {
      const { ino, mtimeNs, size } = lstatSync(join(dir, path), { bigint: true });
      return [path, `${ino} ${mtimeNs} ${size}`];
    }),
  );
}

/** What was written and removed between two snapshots. */
export function compareSnapshots(before: DistSnapshot, after: DistSnapshot): WrittenDist {
  const written = [...after].filter(([path, mark]) => before.get(path) !== mark).map(([path]) => path);
  const removed = [...before.keys()].filter((path) => !after.has(path));
  return { written: written.sort(), removed: removed.sort(), unchanged: after.size - written.length };
}
