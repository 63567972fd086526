import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { createAuthority } from "../lab/authority.ts";
import { isSecret } from "./secrets-in.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const keys = (["pkcs8", "sec1"] as const).map((type) => privateKey.export({ type, format: "pem" }).toString());
const token = [{ alg: "RS256" }, { sub: "system:serviceaccount:istio-shop:reader" }]
  .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
  .concat("c2lnbmF0dXJl")
  .join(".");

test("a private key and a token are found, plain and as a Secret has them", () => {
  for (const secret of [...keys, token]) {
    expect(isSecret(`data: {a: ${secret}}`)).toBe(true);
    expect(isSecret(`data: {a: ${base64(secret)}}`)).toBe(true);
  }
});

test("a certificate is no secret", () => {
  const { certificate } = createAuthority("ca");
  for (const text of [certificate, base64(certificate)]) expect(isSecret(`data: {a: ${text}}`)).toBe(false);
});
