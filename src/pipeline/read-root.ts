import { readFile } from "node:fs/promises";
import { certifiedNames } from "../keys/certified-names.ts";
import type { MeshSigner } from "../keys/mesh-trust.ts";
import { readPrivateFile } from "../keys/private-file.ts";
import { type BroughtFile, readSigner } from "../keys/read-signer.ts";
import { invalid, systemCodeOf } from "../model/error.ts";

/** PEM files of a root that somebody brings. */
export interface RootFiles {
  /** Whoever signs first, the root last. */
  readonly certificate: string;
  /** The private key of the first of them; for its owner alone. */
  readonly key: string;
}

/** What a root is brought for. */
export interface RootPlace {
  readonly cloud: string;
  /** Of the control planes of the cloud. */
  readonly trustDomains: readonly string[];
  readonly now: Date;
}

/**
 * Read a root that somebody brings, or an authority below one.
 *
 * @throws {@link CloudError} `INVALID` with all that is wrong; `KEY_STORE` for a key that others may read.
 */
export async function readRoot(
  { certificate, key }: RootFiles,
  { cloud, trustDomains, now }: RootPlace,
): Promise<MeshSigner> {
  const [certificates, privateKey] = await Promise.all([
    brought(certificate, readText(certificate)),
    brought(key, readPrivateFile(key)),
  ]);
  return readSigner(certificates, privateKey, certifiedNames(cloud, trustDomains), now);
}

const NOT_TAKEN = "the root was not taken";

async function brought(path: string, reading: Promise<string | undefined>): Promise<BroughtFile> {
  const text = await reading;
  if (text !== undefined) return { path, text };
  throw invalid([{ path, message: "is not there" }], NOT_TAKEN);
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const code = systemCodeOf(cause);
    if (code === "ENOENT") return undefined;
    throw invalid([{ path, message: `cannot be read (${code})` }], NOT_TAKEN);
  }
}
