import { generateKeyPairSync, type KeyObject } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CloudError } from "../../src/model/error.ts";
import { readPem } from "../../src/x509/pem.ts";
import { createRequest, parseRequest } from "../../src/x509/request.ts";
import { asRequest } from "./forged-request.ts";
import { expectRefusal } from "./refused.ts";

const keys: Readonly<Record<string, KeyObject>> = {
  "ECDSA P-256": generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey,
  "RSA 2048": generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey,
  Ed25519: generateKeyPairSync("ed25519").privateKey,
};

describe.each(Object.entries(keys))("of a request for a key %s", (_, key) => {
  const pem = createRequest(key, { commonName: "lc:shop:ada", organization: "lc:k:0123456789abcdef" });
  const bytes = readPem(pem)[0]?.der ?? Buffer.alloc(0);

  test("no bit can be flipped", () => {
    const survivors = [];
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      if (isRead(asRequest(flipped))) survivors.push(bit);
    }
    expect(survivors).toEqual([]);
  });

  test("no byte can be left out at its end", () => {
    for (let length = 0; length < bytes.length; length++) {
      expectRefusal("REQUEST_INVALID", () => parseRequest(asRequest(bytes.subarray(0, length))));
    }
  });

  test("a text in which any character changed is refused, or the same request", () => {
    fc.assert(
      fc.property(
        fc.nat(pem.length - 1),
        fc.string({ unit: "binary-ascii", minLength: 1, maxLength: 1 }),
        (at, character) => {
          const changed = pem.slice(0, at) + character + pem.slice(at + 1);
          if (isRead(changed)) expect(parseRequest(changed)).toEqual(parseRequest(pem));
        },
      ),
      { numRuns: 1000 },
    );
  });
});

test("any text is read as a request or refused, and nothing else happens", () => {
  const block = fc.uint8Array({ maxLength: 300 }).map((bytes) => asRequest(Buffer.from(bytes)));
  fc.assert(fc.property(fc.oneof(fc.string({ unit: "binary" }), block), (text) => !isRead(text)));
});

/** @throws anything but a refusal */
function isRead(pem: string): boolean {
  try {
    parseRequest(pem);
    return true;
  } catch (error) {
    if (error instanceof CloudError && error.code === "REQUEST_INVALID") return false;
    throw error;
  }
}
