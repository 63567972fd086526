import { createPublicKey, hash, type KeyObject } from "node:crypto";

/** How every group begins that stands for a key. */
export const KEY_GROUP_PREFIX = "lc:k:";

/** Upper bound of X.520, in characters, on a common name and on an organization. */
export const MAX_COMMON_NAME = 64;

const FINGERPRINT_DIGITS = 32;

/**
 * The Kubernetes user name of a cloud's user, and the common name of its certificates.
 *
 * @returns `lc:<cloud>:<user>`; may be longer than {@link MAX_COMMON_NAME}.
 */
export const commonNameOf = (cloud: string, user: string): string => `lc:${cloud}:${user}`;

/**
 * The Kubernetes group that only one key is meant to have, and the organization of its certificates. Bindings name this
 * group, so a certificate is worth nothing once no binding names its key.
 *
 * @param key - Either half of a pair, or SubjectPublicKeyInfo in DER.
 * @returns `lc:k:` and the first 32 hexadecimal digits of the SHA-256 of SubjectPublicKeyInfo.
 */
export function keyGroup(key: KeyObject | Buffer): string {
  const spki = Buffer.isBuffer(key) ? key : publicKeyOf(key);
  return KEY_GROUP_PREFIX + hash("sha256", spki, "hex").slice(0, FINGERPRINT_DIGITS);
}

/**
 * @param key - Either half of a pair.
 * @returns SubjectPublicKeyInfo in DER.
 */
export function publicKeyOf(key: KeyObject): Buffer {
  const publicKey = key.type === "private" ? createPublicKey(key) : key;
  return publicKey.export({ type: "spki", format: "der" });
}
