import { createHash, randomBytes } from "node:crypto";
import { CloudError } from "../model/error.ts";
import type { Manifest } from "../model/manifest.ts";
import { SECRET_FIELDS } from "../model/sops.ts";
import { decryptText, encryptText, KEY_BYTES, pathOf } from "./cipher.ts";
import { checkRecipients, unwrapKey, type WrappedKey, wrapKey } from "./data-key.ts";
import type { EncryptedSecret } from "./parse-secret.ts";

export interface EncryptOptions {
  /** Who may decrypt, as `age1…`. */
  readonly recipients: readonly string[];
  /** What was encrypted before, and the `AGE-SECRET-KEY-…` that open it. */
  readonly previous?: { readonly secret: EncryptedSecret; readonly identities: readonly string[] };
  /** `YYYY-MM-DDTHH:MM:SSZ` */
  readonly now: string;
}

/** Version of SOPS whose format this is. */
const VERSION = "3.13.2";

/** With which the digest of a file begins where it is over encrypted values alone, so that it is never taken for another. */
const DIGEST_START = Buffer.from("8a3fd2ad54ce66527b1034f3d147be0b0b975b3bf44f72c6fdadec8176f27d69", "hex");

/**
 * Encrypt the values of a Secret as SOPS does; all else of it stays readable, and may be changed later.
 *
 * Each encryption of the same text is another one. With `previous`, what has not changed keeps the ciphertext that it has,
 * as long as the same recipients may read it; if nothing has changed, the result is the same.
 *
 * @param secret - Checked by {@link parseSecret}.
 * @throws {@link CloudError} `INVALID` for recipients that are none, and where no identity opens `previous`.
 * @see https://getsops.io/docs/#message-authentication-code
 */
export async function encryptSecret(secret: Manifest, options: EncryptOptions): Promise<EncryptedSecret> {
  const recipients = [...new Set(options.recipients)].sort();
  checkRecipients(recipients);
  const before = await openPrevious(recipients, options.previous);
  const key = before?.key ?? randomBytes(KEY_BYTES);
  const leaves = leavesOf(secret).map((leaf) => ({ ...leaf, encrypted: keptOrNew(leaf, key, before?.secret) }));
  const isSame = before !== undefined && haveSame(leaves, leavesOf(before.secret));
  const fields = SECRET_FIELDS.flatMap((field) => {
    const entries = leaves.filter((leaf) => leaf.field === field).map((leaf) => [leaf.key, leaf.encrypted] as const);
    return entries.length === 0 ? [] : [[field, Object.fromEntries(entries)] as const];
  });
  const { data: _data, stringData: _stringData, ...readable } = secret;
  const age = before?.secret.sops.age ?? (await wrapKey(key, recipients));
  const sops = isSame ? before.secret.sops : { ...metadataOf(leaves, key, options.now), age };
  return { ...readable, ...Object.fromEntries(fields), sops } as EncryptedSecret;
}

/** What was encrypted before; undefined where nothing was, or for others. */
async function openPrevious(
  recipients: readonly string[],
  previous: EncryptOptions["previous"],
): Promise<{ readonly key: Uint8Array; readonly secret: EncryptedSecret } | undefined> {
  if (previous === undefined) return undefined;
  const { secret, identities } = previous;
  const key = await unwrapKey(secret.sops.age, identities);
  if (key === undefined) {
    const { name, namespace } = secret.metadata;
    const what = `Secret/${namespace}/${name} was encrypted for others than the identity's`;
    throw new CloudError("INVALID", `${what}; give one that opens it, or none to encrypt all of it anew`);
  }
  // who may not read it any more knows the old key
  return haveSameRecipients(secret.sops.age, recipients) ? { key, secret } : undefined;
}

const haveSameRecipients = (age: readonly WrappedKey[], recipients: readonly string[]): boolean =>
  age.length === recipients.length && age.every(({ recipient }) => recipients.includes(recipient));

/** One value of a Secret. */
interface Leaf {
  readonly field: string;
  readonly key: string;
  readonly value: string;
}

/** In the order in which they are written, and so in which the digest takes them. */
const leavesOf = (secret: Manifest): readonly Leaf[] =>
  SECRET_FIELDS.flatMap((field) =>
    Object.entries((secret[field] ?? {}) as Readonly<Record<string, string>>)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => ({ field, key, value })),
  );

function keptOrNew({ field, key, value }: Leaf, dataKey: Uint8Array, previous: EncryptedSecret | undefined): string {
  const path = pathOf(field, key);
  const old =
    previous === undefined ? undefined : leavesOf(previous).find((leaf) => pathOf(leaf.field, leaf.key) === path);
  const isKept = old !== undefined && decryptText(old.value, dataKey, path) === value;
  return isKept ? old.value : encryptText(value, dataKey, path);
}

const haveSame = (leaves: readonly { readonly encrypted: string }[], old: readonly Leaf[]): boolean =>
  leaves.length === old.length && leaves.every(({ encrypted }, index) => encrypted === old[index]?.value);

function metadataOf(leaves: readonly Leaf[], key: Uint8Array, now: string): Omit<EncryptedSecret["sops"], "age"> {
  const digest = createHash("sha512").update(DIGEST_START);
  for (const { value } of leaves) digest.update(value);
  return {
    encrypted_regex: `^(${SECRET_FIELDS.join("|")})$`,
    lastmodified: now,
    mac: encryptText(digest.digest("hex").toUpperCase(), key, now),
    mac_only_encrypted: true,
    version: VERSION,
  };
}
