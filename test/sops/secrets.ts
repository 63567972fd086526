import { generateX25519Identity, identityToRecipient } from "age-encryption";
import type { Manifest } from "../../src/model/manifest.ts";
import { type EncryptOptions, encryptSecret } from "../../src/sops/encrypt-secret.ts";
import type { EncryptedSecret } from "../../src/sops/parse-secret.ts";

export interface AgeKey {
  readonly identity: string;
  readonly recipient: string;
}

export async function newKey(): Promise<AgeKey> {
  const identity = await generateX25519Identity();
  return { identity, recipient: await identityToRecipient(identity) };
}

export const NOW = "2026-01-02T03:04:05Z";
export const LATER = "2026-02-03T04:05:06Z";

export const secretOf = (stringData: Readonly<Record<string, string>>, fields: object = {}): Manifest => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "db", namespace: "shop" },
  stringData,
  ...fields,
});

/** Encrypt for keys, by which what was encrypted before is opened. */
export const encrypt = (
  secret: Manifest,
  keys: readonly AgeKey[],
  before?: EncryptedSecret,
  options: Partial<EncryptOptions> = {},
): Promise<EncryptedSecret> =>
  encryptSecret(secret, {
    recipients: keys.map(({ recipient }) => recipient),
    now: before === undefined ? NOW : LATER,
    ...(before === undefined ? {} : { previous: { secret: before, identities: keys.map(({ identity }) => identity) } }),
    ...options,
  });
