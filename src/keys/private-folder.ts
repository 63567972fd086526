import type { Stats } from "node:fs";
import { lstat } from "node:fs/promises";
import process from "node:process";
import { makeFolder } from "../files/make-folder.ts";
import { CloudError, systemCodeOf } from "../model/error.ts";

/**
 * Make a folder, and those above it, that only its owner can enter; leave it as it is where it exists.
 *
 * @throws {@link CloudError} `KEY_STORE` where it cannot be made, and as {@link findPrivateFolder} does.
 */
export async function ensurePrivateFolder(folder: string): Promise<void> {
  try {
    makeFolder(folder, 0o700);
  } catch (cause) {
    throw new CloudError("KEY_STORE", `${folder}: cannot be made; is something else in its place?`, { cause });
  }
  await findPrivateFolder(folder);
}

/**
 * Whether there is such a folder.
 *
 * @throws {@link CloudError} `KEY_STORE` where it is a symlink or a file, or somebody else's, or others may write in it:
 * whoever can put files into a folder can put their own in the place of ours.
 */
export async function findPrivateFolder(folder: string): Promise<boolean> {
  const stats = await findStats(folder);
  if (stats === undefined) return false;
  if (!stats.isDirectory()) {
    throw new CloudError("KEY_STORE", `${folder}: is no folder of its own; put the folder itself there`);
  }
  if (isForeign(stats)) throw new CloudError("KEY_STORE", `${folder}: belongs to another user; chown it`);
  if ((stats.mode & 0o022) !== 0) {
    // as /tmp is, which nobody is to close
    const isEverybodys = (stats.mode & STICKY) !== 0;
    const what = `others may write in it; chmod 700 ${folder}`;
    throw new CloudError("KEY_STORE", `${folder}: ${isEverybodys ? EVERYBODYS : what}`);
  }
  return true;
}

const STICKY = 0o1000;
const EVERYBODYS = "is everybody's; put it into a folder of yours alone";

/** Whether somebody else owns that file; never, where the system has no such owners. */
export const isForeign = ({ uid }: Stats): boolean => process.geteuid !== undefined && uid !== process.geteuid();

async function findStats(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (cause) {
    if (systemCodeOf(cause) === "ENOENT") return undefined;
    throw new CloudError("KEY_STORE", `${path}: cannot be read; are the folders above it yours?`, { cause });
  }
}
