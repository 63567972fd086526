import { readFile } from "node:fs/promises";
import { certifiedNames } from "../keys/certified-names.ts";
import type { MeshSigner } from "../keys/mesh-trust.ts";
import { readPrivateFile } from "../keys/private-file.ts";
import { type BroughtFile, readSigner } from "../keys/read-signer.ts";
import { type Fault, invalid, systemCodeOf } from "../model/error.ts";

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
  const [certificates, privateKey] = await Promise.all([readText(certificate), readKey(key)]);
  const faults = [certificates, privateKey].filter((file) => "message" in file);
  if ("message" in certificates || "message" in privateKey) throw invalid(faults, "the root was not taken");
  return readSigner(certificates, privateKey, certifiedNames(cloud, trustDomains), now);
}

const missing = (path: string): Fault => ({ path, message: "is not there; is it named so, from this folder?" });

async function readKey(path: string): Promise<BroughtFile | Fault> {
  const text = await readPrivateFile(path);
  return text === undefined ? missing(path) : { path, text };
}

async function readText(path: string): Promise<BroughtFile | Fault> {
  try {
    return { path, text: await readFile(path, "utf8") };
  } catch (cause) {
    const code = systemCodeOf(cause);
    return code === "ENOENT" ? missing(path) : { path, message: `cannot be read (${code}); is it a file, and yours?` };
  }
}
