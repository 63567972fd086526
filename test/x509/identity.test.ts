import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { commonNameOf, KEY_GROUP_PREFIX, keyGroup } from "../../src/x509/identity.ts";

/** The public key of RFC 8410 §10.1. */
const PUBLIC_KEY = Buffer.from("MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=", "base64");

test("a user name holds cloud and user", () => {
  expect(commonNameOf("shop", "ada")).toBe("lc:shop:ada");
});

test("a key's group is half of the SHA-256 of its SubjectPublicKeyInfo", () => {
  expect(keyGroup(PUBLIC_KEY)).toBe("lc:k:a1e9156054e04fac899ae9f275132cdc");
  expect(keyGroup(createPublicKey({ key: PUBLIC_KEY, format: "der", type: "spki" }))).toBe(keyGroup(PUBLIC_KEY));
});

test("both halves of a pair have one group, and two pairs have two", () => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  expect(keyGroup(privateKey)).toBe(keyGroup(publicKey));
  expect(keyGroup(privateKey)).toMatch(new RegExp(`^${KEY_GROUP_PREFIX}[0-9a-f]{32}$`));
  expect(keyGroup(generateKeyPairSync("ed25519").publicKey)).not.toBe(keyGroup(publicKey));
});
