import { hash } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { makeFolder } from "../files/make-folder.ts";
import { type Cacerts, secretDataOf } from "../mesh/bundle.ts";
import { meshMeta } from "../mesh/mesh-object.ts";
import { CACERTS } from "../mesh/names.ts";
import { CloudError, systemCodeOf } from "../model/error.ts";
import { formatManifest } from "../rendered/format-yaml.ts";
import { encryptSecret } from "../sops/encrypt-secret.ts";
import { parseEncrypted } from "../sops/parse-secret.ts";

/** An authority on its way into the repository. */
export interface AuthorityFile {
  readonly cloud: string;
  /** Where it is to lie. */
  readonly path: string;
  readonly cacerts: Cacerts;
  /** Who may decrypt it, as `age1…`; none: whoever may now. */
  readonly recipients: readonly string[];
  readonly now: Date;
}

/**
 * Encrypt Secret `cacerts` of a control plane for Flux, unless the file holds these certificates for these recipients: its
 * first line is a digest of them, since nobody here can look into it.
 *
 * @throws {@link CloudError} `INVALID`
 */
export async function writeAuthority(file: AuthorityFile): Promise<"created" | "changed" | "unchanged"> {
  const { cloud, path, cacerts, now } = file;
  const text = await findText(path);
  const mark = `# certificates: SHA-256 ${hash("sha256", cacerts.certChain + cacerts.rootCert, "hex")}\n`;
  const readers = text === undefined ? [] : parseEncrypted(text, path).sops.age.map(({ recipient }) => recipient);
  const recipients = file.recipients.length > 0 ? file.recipients : readers;
  const isSame =
    recipients.every((each) => readers.includes(each)) && readers.every((each) => recipients.includes(each));
  if (text?.startsWith(mark) && isSame) return "unchanged";
  if (recipients.length === 0) {
    throw new CloudError("INVALID", `${path}: nobody could decrypt it; say who with --recipient age1…`);
  }
  const metadata = meshMeta(cloud, CACERTS);
  const secret = { apiVersion: "v1", kind: "Secret", metadata, type: "Opaque", data: secretDataOf(cacerts) };
  const encrypted = await encryptSecret(secret, { recipients, now: now.toISOString().replace(/\.\d+Z$/, "Z") });
  await replace(path, mark + formatManifest(encrypted));
  return text === undefined ? "created" : "changed";
}

async function findText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const code = systemCodeOf(cause);
    if (code === "ENOENT") return undefined;
    throw new CloudError("INVALID", `${path}: cannot be read (${code}); is it a file, and yours?`, { cause });
  }
}

/** In one step, so that a crash leaves the old file or the new one. */
async function replace(path: string, text: string): Promise<void> {
  try {
    makeFolder(dirname(path));
    await writeFile(`${path}.tmp`, text);
    await rename(`${path}.tmp`, path);
  } catch (cause) {
    const reason = `cannot be written (${systemCodeOf(cause)}); is its folder yours, and not full?`;
    throw new CloudError("INVALID", `${path}: ${reason}`, { cause });
  }
}
