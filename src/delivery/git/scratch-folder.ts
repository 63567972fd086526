import { createHash } from "node:crypto";
import { lstatSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { CloudError, systemCodeOf } from "../../model/error.ts";

/** Whose a folder is stands in its name, so that a later run can tell what a killed one has left. */
const NAME = /^lcloud-push-([0-9a-f]{8})-(\d+)-[A-Za-z0-9]{6}$/;

/** No push takes longer. */
const MAX_AGE_MS = 24 * 3600 * 1000;

/** A temporary folder that is gone when it is disposed of, also where this process ends before. */
export interface ScratchFolder extends Disposable {
  readonly path: string;
}

/**
 * What killed runs have left is removed first and last: a git command that outlived its run may still have written in
 * between.
 *
 * @throws {@link CloudError} `INVALID` where no temporary folder can be made.
 */
export function openScratchFolder(): ScratchFolder {
  const path = makeFolder();
  const remove = (): void => removeFolder(path);
  allowListeners(1);
  process.once("exit", remove);
  return {
    path,
    [Symbol.dispose]: () => {
      process.off("exit", remove);
      allowListeners(-1);
      remove();
      removeLeftovers();
    },
  };
}

function makeFolder(): string {
  try {
    removeLeftovers();
    return mkdtempSync(join(tmpdir(), `lcloud-push-${hostId()}-${process.pid}-`));
  } catch (cause) {
    const what = `no temporary folder can be made there (${systemCodeOf(cause)}); let TMPDIR name one`;
    throw new CloudError("INVALID", `${tmpdir()}: ${what}`, { cause });
  }
}

/** Node warns where there are many. There is one for each place that is pushed to. Zero is no limit. */
function allowListeners(more: number): void {
  const limit = process.getMaxListeners();
  if (limit > 0) process.setMaxListeners(limit + more);
}

/** Containers share folders, but not process ids. */
const hostId = (): string => createHash("sha256").update(hostname()).digest("hex").slice(0, 8);

function removeLeftovers(): void {
  for (const name of readdirSync(tmpdir())) {
    const [, host, pid] = NAME.exec(name) ?? [];
    const folder = join(tmpdir(), name);
    if (host !== undefined && isLeft(folder, host, Number(pid))) removeFolder(folder);
  }
}

function isLeft(folder: string, host: string, pid: number): boolean {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  if (stats === undefined || !stats.isDirectory() || stats.uid !== (process.getuid?.() ?? stats.uid)) return false;
  if (Date.now() - stats.mtimeMs > MAX_AGE_MS) return true;
  if (host !== hostId()) return false;
  // an earlier process may have had our number
  return pid === process.pid ? stats.birthtimeMs < performance.timeOrigin : !isRunning(pid);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is somebody else's, so it is not the one that has made a folder of ours
    return systemCodeOf(error) !== "ESRCH" && systemCodeOf(error) !== "EPERM";
  }
}

/** As well as it can: what cannot be removed now, the next run removes. */
function removeFolder(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  } catch {
    // a git command that outlived its run writes to it
  }
}
