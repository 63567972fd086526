import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { findGo } from "./go-build.ts";

/**
 * Folder of a module's files, in Go's own cache; downloaded where it is not there yet.
 *
 * @param pinnedBy - Folder under modules/ whose go.mod and go.sum hold the module's version and hash.
 * @param path - The module's, in Go's terms.
 */
export async function downloadModule(pinnedBy: string, path: string): Promise<string> {
  const module = join(import.meta.dirname, "modules", pinnedBy);
  const go = await findGo({ name: path, module });
  const { stdout } = await promisify(execFile)(go, ["mod", "download", "-json", path], {
    cwd: module,
    env: { ...process.env, GOTOOLCHAIN: "auto" },
  });
  return JSON.parse(stdout).Dir;
}
