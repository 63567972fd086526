import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

const ALGORITHM = "aes-256-gcm";
export const KEY_BYTES = 32;
/** More than the twelve that are usual: SOPS has so many, and asks for them. */
const IV_BYTES = 32;
const TAG_BYTES = 16;

const CIPHERTEXT = /^ENC\[AES256_GCM,data:([A-Za-z0-9+/=]+),iv:([A-Za-z0-9+/=]+),tag:([A-Za-z0-9+/=]+),type:str\]$/;

/**
 * Encrypt a text as SOPS does.
 *
 * @param key - The file's data key, 32 bytes.
 * @param bound - What the ciphertext is bound to: of a value, its path, by {@link pathOf}.
 * @returns As in `ENC[AES256_GCM,data:…,iv:…,tag:…,type:str]`; an empty text stays one.
 * @see https://github.com/getsops/sops/blob/main/aes/cipher.go
 */
export function encryptText(text: string, key: Uint8Array, bound: string): string {
  if (text === "") return "";
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, iv, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(bound));
  const encrypted = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  const [data, nonce, tag] = [encrypted, iv, cipher.getAuthTag()].map((bytes) => bytes.toString("base64"));
  return `ENC[AES256_GCM,data:${data},iv:${nonce},tag:${tag},type:str]`;
}

/** @returns undefined for what is no ciphertext of that key and place. */
export function decryptText(encrypted: string, key: Uint8Array, bound: string): string | undefined {
  if (encrypted === "") return "";
  const [, data, iv, tag] = CIPHERTEXT.exec(encrypted) ?? [];
  if (data === undefined || iv === undefined || tag === undefined) return undefined;
  const [content, nonce, authTag] = [data, iv, tag].map((text) => Buffer.from(text, "base64")) as [
    Buffer,
    Buffer,
    Buffer,
  ];
  if (authTag.length !== TAG_BYTES) return undefined;
  const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(bound)).setAuthTag(authTag);
  try {
    return Buffer.concat([decipher.update(content), decipher.final()]).toString("utf8");
  } catch {
    return undefined;
  }
}

/** What SOPS binds a value to, so that nobody moves it elsewhere: the keys that lead to it. */
export const pathOf = (...keys: readonly string[]): string => keys.map((key) => `${key}:`).join("");
