import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { load } from "js-yaml";
import { afterAll, beforeAll, expect, test } from "vitest";
import { formatManifest } from "../../src/rendered/format-yaml.ts";
import { decryptText, pathOf } from "../../src/sops/cipher.ts";
import { unwrapKey } from "../../src/sops/data-key.ts";
import { parseEncrypted } from "../../src/sops/parse-secret.ts";
import { labBinary } from "../lab/binaries.ts";
import { type AgeKey, encrypt, newKey, secretOf } from "./secrets.ts";

let sops: string;
let folder: string;
let key: AgeKey;
let other: AgeKey;

beforeAll(async () => {
  sops = await labBinary("sops");
  folder = mkdtempSync(join(tmpdir(), "lcloud-sops-"));
  [key, other] = [await newKey(), await newKey()];
}, 600_000);

afterAll(() => {
  if (folder !== undefined) rmSync(folder, { recursive: true });
});

const file = (): string => join(folder, "db.sops.yaml");

async function run(identity: string, ...args: readonly string[]): Promise<string> {
  const env = { PATH: process.env["PATH"], HOME: folder, SOPS_AGE_KEY: identity };
  return (await promisify(execFile)(sops, [...args, file()], { cwd: folder, env })).stdout;
}

const NASTY = {
  password: 'hunter2 "quoted" \\ $not ünïcödé',
  lines: "-----BEGIN KEY-----\nabc\n-----END KEY-----\n",
  number: "123",
  truth: "yes",
  empty: "",
  "tls.key": "x",
  Z: "upper",
  blank: "  ",
};

test.each(["every recipient", "one of them"])("sops decrypts what we encrypt, its digest included: %s", async (who) => {
  const plain = secretOf(NASTY, { data: { b: "YQ==", a: "Yg==" } });
  writeFileSync(file(), formatManifest(await encrypt(plain, [key, other])));
  const identity = who === "one of them" ? other.identity : `${key.identity}\n${other.identity}`;
  expect(load(await run(identity, "decrypt"))).toEqual(plain);
});

test("sops decrypts after we have changed a value, and after somebody has changed a label", async () => {
  const before = await encrypt(secretOf(NASTY), [key]);
  const metadata = { name: "db", namespace: "shop", labels: { tier: "gold" } };
  const after = await encrypt(secretOf({ ...NASTY, password: "new" }), [key], before);
  writeFileSync(file(), formatManifest({ ...after, metadata }));
  expect(load(await run(key.identity, "decrypt"))).toEqual(secretOf({ ...NASTY, password: "new" }, { metadata }));
});

test("sops refuses what was moved or taken away", async () => {
  const { stringData, ...secret } = await encrypt(secretOf({ a: "one", b: "two" }), [key]);
  const { a = "", b = "" } = stringData as Readonly<Record<string, string>>;
  for (const changed of [{ a: b, b: a }, { a }]) {
    writeFileSync(file(), formatManifest({ ...secret, stringData: changed }));
    await expect(run(key.identity, "decrypt")).rejects.toThrow();
  }
});

test("what sops has changed in our file is kept by us", async () => {
  writeFileSync(file(), formatManifest(await encrypt(secretOf({ a: "one", b: "two" }), [key])));
  await promisify(execFile)(sops, ["set", file(), '["stringData"]["a"]', '"three"'], {
    env: { HOME: folder, SOPS_AGE_KEY: key.identity },
  });
  const theirs = parseEncrypted(readFileSync(file(), "utf8"), "file");
  const ours = await encrypt(secretOf({ a: "three", b: "two" }), [key], theirs);
  expect(ours).toEqual(theirs);
});

test("what sops has encrypted is decrypted by us", async () => {
  writeFileSync(file(), formatManifest(secretOf(NASTY)));
  const rule = { age: key.recipient, encrypted_regex: "^(data|stringData)$", mac_only_encrypted: true };
  writeFileSync(join(folder, ".sops.yaml"), JSON.stringify({ creation_rules: [rule] }));
  await run(key.identity, "encrypt", "--in-place");
  const theirs = parseEncrypted(readFileSync(file(), "utf8"), "file");
  const dataKey = (await unwrapKey(theirs.sops.age, [key.identity])) ?? new Uint8Array();
  const values = Object.entries(theirs["stringData"] as Readonly<Record<string, string>>);
  const decrypted = values.map(([name, text]) => [name, decryptText(text, dataKey, pathOf("stringData", name))]);
  expect(Object.fromEntries(decrypted)).toEqual(NASTY);
});
