import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CloudError, systemCodeOf } from "../model/error.ts";
import { CLUSTER_UNIT, cloudUnit } from "../model/units.ts";
import { type DistFile, parsePath } from "./layout.ts";
import { listDist } from "./list-dist.ts";

/**
 * The bytes of all files of the layout that clusters' folders hold, as they are.
 *
 * @param clusters - Names of folders of dist/.
 * @returns For each cluster, contents by path of the layout; empty where it has no folder.
 * @throws {@link CloudError} `INVALID` for a file that cannot be read.
 */
export function readClusterFiles(
  dir: string,
  clusters: ReadonlySet<string>,
): ReadonlyMap<string, ReadonlyMap<string, Buffer>> {
  const files = new Map([...clusters].map((cluster) => [cluster, new Map<string, Buffer>()]));
  try {
    for (const [path, kind] of listDist(dir)) {
      const file = kind === "file" ? parsePath(path) : undefined;
      if (file !== undefined) files.get(file.cluster)?.set(path, readFileSync(join(dir, path)));
    }
    return files;
  } catch (cause) {
    throw new CloudError("INVALID", `${dir}: cannot be read (${systemCodeOf(cause)}); is it yours?`, { cause });
  }
}

/** The unit that a file is delivered with: its cloud's, or that of the cluster. */
export const unitOf = (file: DistFile): string => ("cloud" in file ? cloudUnit(file.cloud) : CLUSTER_UNIT);
