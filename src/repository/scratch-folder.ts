import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { CloudError, systemCodeOf } from "../model/error.ts";

/**
 * Work in a temporary folder, which is gone afterwards, also where this process ends in between.
 *
 * @throws {@link CloudError} `APP_FAILED` where there can be none.
 */
export async function inScratchFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = makeScratch();
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove);
  try {
    return await work(folder);
  } finally {
    process.off("exit", remove);
    remove();
  }
}

function makeScratch(): string {
  try {
    return mkdtempSync(join(tmpdir(), "lcloud-"));
  } catch (cause) {
    const remedy = "is it yours, and not full? TMPDIR may name another";
    const message = `${tmpdir()}: takes no temporary folder (${systemCodeOf(cause)}); ${remedy}`;
    throw new CloudError("APP_FAILED", message, { cause });
  }
}
