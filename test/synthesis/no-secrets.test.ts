import { generateKeyPairSync, type KeyObject } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { formatManifest } from "../../src/rendered/format-yaml.ts";
import { findSecrets } from "./find-secrets.ts";
import { readFiles } from "./fleets.ts";
import { randomFleet, synthesize } from "./random-fleets.ts";

test("nothing that was rendered for people to read holds a secret", () => {
  const files = readFiles(new URL("../golden", import.meta.url).pathname);
  expect(Object.keys(files).length).toBeGreaterThan(100);
  expect(findSecrets(files)).toEqual([]);
});

test("no fleet's dist/ holds a secret", () => {
  fc.assert(
    fc.property(randomFleet, (fleet) => {
      const files = readFiles(synthesize(fleet).outdir);
      expect(findSecrets(files)).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

const pemOf = (key: KeyObject, type: "pkcs8" | "sec1"): string => key.export({ format: "pem", type }).toString();
const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const token = ["eyJhbGciOiJSUzI1NiJ9", "eyJzdWIiOiJzeXN0ZW0ifQ", "c2lnbmF0dXJlLW9mLWl0"].join(".");
const object = (kind: string, fields: object): string =>
  formatManifest({ apiVersion: "v1", kind, metadata: { name: "a", namespace: "b" }, ...fields });

test.each([
  ["PKCS#8", object("ConfigMap", { data: { key: pemOf(privateKey, "pkcs8") } }), "a private key"],
  ["SEC1", object("ConfigMap", { data: { key: pemOf(privateKey, "sec1") } }), "a private key"],
  ["base64", object("ConfigMap", { binaryData: { key: base64(pemOf(privateKey, "pkcs8")) } }), "a private key"],
  [
    "base64 after other text",
    object("ConfigMap", { data: { key: base64(`# our key\n${pemOf(privateKey, "pkcs8")}`) } }),
    "a private key",
  ],
  ["a JSON of one line", JSON.stringify({ key: pemOf(privateKey, "pkcs8") }), "a private key"],
])("a private key as %s is found", (_, text, what) => {
  expect(findSecrets({ "a.yaml": text })).toContain(`a.yaml: ${what}`);
});

test.each([
  ["a token", object("ConfigMap", { data: { a: token } }), "a token"],
  ["a token in base64", object("ConfigMap", { data: { a: base64(token) } }), "a token"],
  [
    "a kubeconfig",
    object("ConfigMap", { data: { a: "users: [{ user: { token: abcdefghijklmnopqrstuvwxyz } }]" } }),
    "a credential of a kubeconfig",
  ],
  ["an age key", object("ConfigMap", { data: { a: ["AGE", "SECRET-KEY-1QQQQQQ"].join("-") } }), "an age key"],
  ["a Secret", object("Secret", { stringData: { a: "b" } }), "values of a Secret"],
])("%s is found", (_, text, what) => {
  expect(findSecrets({ "a.yaml": text })).toContain(`a.yaml: ${what}`);
});

test("what SOPS has encrypted is none", () => {
  const value = "ENC[AES256_GCM,data:AAAA,iv:AAAA,tag:AAAA,type:str]";
  expect(findSecrets({ "a.yaml": object("Secret", { data: { a: value }, sops: { mac: value } }) })).toEqual([]);
});
