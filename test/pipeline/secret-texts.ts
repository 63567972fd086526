import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { LiveManifest } from "../../src/model/manifest.ts";

/** What nobody may be told of a text: the lines of its private keys, and its tokens. */
export function secretsOf(text: string): readonly string[] {
  const keys = [...text.matchAll(/-----BEGIN [A-Z ]*PRIVATE KEY-----(.*?)-----END/gs)].flatMap(([, body = ""]) =>
    body.split(/\\n|\s/).filter((line) => line.length >= 20),
  );
  const tokens = [...text.matchAll(/eyJ[\w-]+\.[\w-]+\.[\w-]+|head\.[\w-]+\.tail/g)].map(([token]) => token);
  return [...keys, ...tokens];
}

/** The same of a Secret, and its values that hold such a thing as they are stored. */
export function secretsOfSecret({ data }: LiveManifest): readonly string[] {
  return Object.values((data ?? {}) as Readonly<Record<string, string>>).flatMap((value) => {
    const found = secretsOf(Buffer.from(value, "base64").toString());
    return found.length === 0 ? [] : [value, ...found];
  });
}

/** Paths of all files of a folder. */
export async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
}

export const textsIn = async (folder: string): Promise<readonly string[]> =>
  Promise.all((await filesIn(folder)).map((path) => readFile(path, "utf8")));
