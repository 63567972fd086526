import { readFile, realpath, rename, writeFile } from "node:fs/promises";
import { dirname, isAbsolute, join, relative } from "node:path";
import { makeFolder } from "../files/make-folder.ts";
import { readPrivateFile } from "../keys/private-file.ts";
import { type Fault, invalid, systemCodeOf } from "../model/error.ts";
import { formatManifest } from "../rendered/format-yaml.ts";
import { parseIdentities } from "../sops/data-key.ts";
import { type EncryptOptions, encryptSecret } from "../sops/encrypt-secret.ts";
import { parseEncrypted, parseSecret } from "../sops/parse-secret.ts";

export interface EncryptFileOptions {
  /** Folder of the repository. */
  readonly folder: string;
  /** Where the plaintext is: a file outside of the repository, or what was read from standard input. */
  readonly input: { readonly path: string } | { readonly text: string };
  /** Who may decrypt, as `age1…`; none: those of the file that is there. */
  readonly recipients: readonly string[];
  /** File of age identities, by which values that have not changed keep their ciphertext. */
  readonly identity?: string;
}

export interface EncryptReport {
  /** Relative to the repository. */
  readonly file: string;
  readonly action: "created" | "changed" | "unchanged";
  readonly recipients: readonly string[];
}

/**
 * Encrypt a Secret into the repository: `clouds/secrets/<namespace>/<name>.sops.yaml`.
 *
 * @throws {@link CloudError} `INVALID` for a wrong Secret, recipient or identity, and for a file within the repository;
 * `KEY_STORE` for identities that others may read. No message has a value in it.
 */
export async function encryptFile({ folder, input, recipients, identity }: EncryptFileOptions): Promise<EncryptReport> {
  const secret =
    "text" in input ? parseSecret(input.text, "-") : parseSecret(await readPlain(folder, input.path), input.path);
  const { name, namespace = "" } = secret.metadata;
  const file = `clouds/secrets/${namespace}/${name}.sops.yaml`;
  const path = join(folder, file);
  const text = await readText(path);
  const previous = text === undefined ? undefined : parseEncrypted(text, file);
  const readers = recipients.length > 0 ? recipients : (previous?.sops.age.map(({ recipient }) => recipient) ?? []);
  const identities = identity === undefined ? undefined : await readIdentities(identity);
  const options: EncryptOptions = { recipients: readers, now: new Date().toISOString().replace(/\.\d+Z$/, "Z") };
  const known = previous && identities && { previous: { secret: previous, identities } };
  const encrypted = await encryptSecret(secret, { ...options, ...known });
  const written = formatManifest(encrypted);
  if (written !== text) await replaceFile(path, written);
  return {
    file,
    action: text === undefined ? "created" : written === text ? "unchanged" : "changed",
    recipients: encrypted.sops.age.map(({ recipient }) => recipient),
  };
}

/** What lies in the repository is in the next commit. */
async function readPlain(folder: string, path: string): Promise<string> {
  const text = await readText(path);
  const inside = text === undefined ? "" : relative(await realpath(folder), await realpath(path));
  if (text !== undefined && (inside.startsWith("..") || isAbsolute(inside))) return text;
  const message =
    text === undefined
      ? "is not there"
      : "lies in the repository, where a commit may take it along; keep it elsewhere, or pipe it in";
  throw fault(path, message);
}

async function readIdentities(path: string): Promise<readonly string[]> {
  const text = await readPrivateFile(path);
  if (text === undefined) throw fault(path, "is not there; age-keygen makes one");
  return parseIdentities(text, path);
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return undefined;
    throw fault(path, `cannot be read (${systemCodeOf(error)})`);
  }
}

/** In one step, so that a crash leaves the old file or the new one. */
async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    makeFolder(dirname(path));
    await writeFile(temporary, text);
    await rename(temporary, path);
  } catch (error) {
    throw fault(path, `cannot be written (${systemCodeOf(error)}); is its folder yours, and not full?`);
  }
}

const fault = (path: string, message: string): Error =>
  invalid([{ path, message } satisfies Fault], "nothing was encrypted");
