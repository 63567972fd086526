import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, link, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { CloudError, systemCodeOf } from "../model/error.ts";
import { ensurePrivateFolder, findPrivateFolder, isForeign } from "./private-folder.ts";

/**
 * Write a file that only its owner can read, from its first byte on, in one step: readers and crashes see the old text or
 * the new one. Folders that are missing are made, for the owner only; a symlink in its place is replaced, not followed.
 *
 * @throws {@link CloudError} `KEY_STORE`
 */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  await place(path, text, async (from, to) => {
    await rename(from, to);
    return true;
  });
}

/**
 * As {@link writePrivateFile}, but what is there already stays.
 *
 * @returns Whether the file was made.
 * @throws {@link CloudError} `KEY_STORE`
 */
export async function createPrivateFile(path: string, text: string): Promise<boolean> {
  return place(path, text, linkNew);
}

/**
 * @returns undefined where there is no such file.
 * @throws {@link CloudError} `KEY_STORE` for what is no plain file of ours, or may be read or written by others.
 */
export async function readPrivateFile(path: string): Promise<string | undefined> {
  // Looked at before, since O_NOFOLLOW is about the last name of a path only.
  const file = (await findPrivateFolder(dirname(path))) ? await openToRead(path) : undefined;
  if (file === undefined) return undefined;
  try {
    await checkPrivate(path, file);
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}

/**
 * The name that a file is to get which is being written, or was until its writer was killed; undefined for other files.
 */
export const unplacedName = (name: string): string | undefined => /^\.(.+)\.[0-9a-f]{12}\.tmp$/.exec(name)?.[1];

/** @param move - Gives a whole file its name; false if it did not. */
async function place(path: string, text: string, move: (from: string, to: string) => Promise<boolean>) {
  const folder = dirname(path);
  await ensurePrivateFolder(folder);
  const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
  try {
    await writeNew(temporary, text);
    const moved = await move(temporary, path);
    await syncFolder(folder);
    return moved;
  } catch (cause) {
    throw new CloudError(
      "KEY_STORE",
      `${path}: cannot be written (${systemCodeOf(cause)}); is its folder yours, and not full?`,
      {
        cause,
      },
    );
  } finally {
    await rm(temporary, { force: true });
  }
}

/**
 * rename replaces what is there; link does not, so that of two who come at once one is told. The file itself is gone where
 * somebody has cleaned up who knows that its name was taken.
 */
async function linkNew(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (cause) {
    if (["EEXIST", "ENOENT"].includes(systemCodeOf(cause))) return false;
    throw cause;
  }
}

async function writeNew(path: string, text: string): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A name lasts through a power failure only once its folder is on the disk. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function openToRead(path: string): Promise<FileHandle | undefined> {
  try {
    // O_NONBLOCK: to open a pipe would wait for its other end.
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    const code = systemCodeOf(cause);
    if (code === "ENOENT") return undefined;
    const reason =
      code === "ELOOP" ? "is a symlink; put the file itself there" : `cannot be read (${code}); is it yours?`;
    throw new CloudError("KEY_STORE", `${path}: ${reason}`, { cause });
  }
}

/** On the open file, since a name may mean another one a moment later. */
async function checkPrivate(path: string, file: FileHandle): Promise<void> {
  const stats = await file.stat();
  if (!stats.isFile()) throw new CloudError("KEY_STORE", `${path}: is no file; move it away`);
  if (isForeign(stats)) throw new CloudError("KEY_STORE", `${path}: belongs to another user; chown it`);
  if ((stats.mode & 0o077) !== 0) {
    throw new CloudError(
      "KEY_STORE",
      `${path}: is open to others; chmod 600 ${path}, or make a new key if they read it`,
    );
  }
}
