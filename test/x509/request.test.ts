import { generateKeyPairSync, type KeyObject } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { commonNameOf, keyGroup, publicKeyOf } from "../../src/x509/identity.ts";
import { checkRequest, createRequest, parseRequest } from "../../src/x509/request.ts";
import { expectRefusal } from "./refused.ts";

const keys: Readonly<Record<string, KeyObject>> = {
  "ECDSA P-256": generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey,
  "ECDSA P-384": generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey,
  "ECDSA P-521": generateKeyPairSync("ec", { namedCurve: "P-521" }).privateKey,
  "RSA 2048": generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey,
  Ed25519: generateKeyPairSync("ed25519").privateKey,
};

/** 1 to 64 printable ASCII characters that Kubernetes does not keep for itself. */
const allowedText = fc
  .string({ unit: "grapheme-ascii", minLength: 1, maxLength: 64 })
  .filter((text) => !text.toLowerCase().startsWith("system:"));

describe.each(Object.entries(keys))("a request for a key %s", (keyType, key) => {
  test("is read as it was made, for all allowed subjects", () => {
    fc.assert(
      fc.property(allowedText, allowedText, (commonName, organization) => {
        const pem = createRequest(key, { commonName, organization });
        const publicKey = publicKeyOf(key);
        expect(parseRequest(pem)).toEqual({ commonName, organization, publicKey, group: keyGroup(key), keyType, pem });
      }),
      { numRuns: 30 },
    );
  });

  test("is its user's, and nobody else's", () => {
    const subject = { commonName: commonNameOf("shop", "ada"), organization: keyGroup(key) };
    const request = parseRequest(createRequest(key, subject));
    checkRequest(request, "shop", "ada");
    expectRefusal("REQUEST_INVALID", () => checkRequest(request, "shop", "eve"));
    expectRefusal("REQUEST_INVALID", () => checkRequest(request, "bank", "ada"));
  });

  test("is nobody's with the group of another key", () => {
    const other = generateKeyPairSync("ed25519").publicKey;
    const subject = { commonName: commonNameOf("shop", "ada"), organization: keyGroup(other) };
    const request = parseRequest(createRequest(key, subject));
    expectRefusal("REQUEST_INVALID", () => checkRequest(request, "shop", "ada"));
  });
});
