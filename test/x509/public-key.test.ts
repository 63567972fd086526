import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { publicKeyOf } from "../../src/x509/identity.ts";
import { p256InfoOf } from "../../src/x509/public-key.ts";

test("a key on P-256 is written as OpenSSL writes it", () => {
  const keys = Array.from({ length: 50 }, () => generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey);
  expect(keys.map((key) => p256InfoOf(key).toString("hex"))).toEqual(
    keys.map((key) => publicKeyOf(key).toString("hex")),
  );
});

test("a coordinate that begins with a zero byte has 32 bytes all the same", () => {
  // of the private key 379
  const [x, y] = ["AFVDiUrz0A7X10Cr29dclrBod7eH219w7qeLkKjXwAo", "u0yFo9jqKe-q-iRAaRLdhNWxTcMr9lbvbGvVil2UP5I"];
  const jwk = { kty: "EC", crv: "P-256", x, y };
  const key = createPublicKey({ key: jwk, format: "jwk" });
  expect(p256InfoOf(key)).toEqual(publicKeyOf(key));
  expect(p256InfoOf(key)).toHaveLength(91);
});

test("a key of another kind is refused", () => {
  for (const { publicKey } of [
    generateKeyPairSync("ec", { namedCurve: "P-384" }),
    generateKeyPairSync("rsa", { modulusLength: 2048 }),
  ]) {
    expect(() => p256InfoOf(publicKey)).toThrow(TypeError);
  }
});
