import { armor, Decrypter, Encrypter } from "age-encryption";
import { type Fault, invalid } from "../model/error.ts";
import { KEY_BYTES } from "./cipher.ts";

/** The data key of a file, as one recipient can open it. */
export interface WrappedKey {
  readonly recipient: string;
  /** Armored age file. */
  readonly enc: string;
}

/** @throws {@link CloudError} `INVALID` for recipients that are none. */
export function checkRecipients(recipients: readonly string[]): void {
  const faults = recipients.flatMap((recipient): readonly Fault[] => {
    // somebody may have taken the wrong line of the file, which is not to be repeated
    if (/^AGE-SECRET-KEY-/i.test(recipient)) {
      return [{ path: "recipient", message: "is a private key; give the public one, which begins with age1" }];
    }
    return isRecipient(recipient)
      ? []
      : [{ path: "recipient", message: `${JSON.stringify(recipient)} is no age recipient, which begins with age1` }];
  });
  if (recipients.length === 0)
    faults.push({ path: "recipient", message: "is missing; give one that begins with age1" });
  if (faults.length > 0) throw invalid(faults, "nothing was encrypted");
}

function isRecipient(recipient: string): boolean {
  try {
    new Encrypter().addRecipient(recipient);
    return true;
  } catch {
    return false;
  }
}

/** @param recipients - Checked by {@link checkRecipients}. */
export const wrapKey = (key: Uint8Array, recipients: readonly string[]): Promise<readonly WrappedKey[]> =>
  Promise.all(
    recipients.map(async (recipient) => {
      const encrypter = new Encrypter();
      encrypter.addRecipient(recipient);
      return { recipient, enc: armor.encode(await encrypter.encrypt(key)) };
    }),
  );

/**
 * @param identities - `AGE-SECRET-KEY-…`
 * @returns undefined where none of them opens any.
 */
export async function unwrapKey(
  wrapped: readonly WrappedKey[],
  identities: readonly string[],
): Promise<Uint8Array | undefined> {
  for (const { enc } of wrapped) {
    try {
      const decrypter = new Decrypter();
      for (const identity of identities) decrypter.addIdentity(identity);
      const key = await decrypter.decrypt(armor.decode(enc));
      if (key.length === KEY_BYTES) return key;
    } catch {
      // another one's
    }
  }
  return undefined;
}

/**
 * The identities of a file as `age-keygen` writes it.
 *
 * @throws {@link CloudError} `INVALID` without anything of the text.
 */
export function parseIdentities(text: string, path: string): readonly string[] {
  const lines = text.split("\n").map((line) => line.trim());
  const identities = lines.filter((line) => line !== "" && !line.startsWith("#"));
  if (identities.length > 0 && identities.every(isIdentity)) return identities;
  const message = "holds something else than age identities, each of which is a line AGE-SECRET-KEY-…";
  throw invalid([{ path, message }], "nothing was encrypted");
}

function isIdentity(identity: string): boolean {
  try {
    new Decrypter().addIdentity(identity);
    return true;
  } catch {
    return false;
  }
}
