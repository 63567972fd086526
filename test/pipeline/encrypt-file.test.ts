import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type EncryptReport, encrypt } from "../../src/pipeline.ts";
import { formatManifest } from "../../src/rendered/format-yaml.ts";
import { type AgeKey, newKey, secretOf } from "../sops/secrets.ts";

let root: string;
let folder: string;
let key: AgeKey;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "lcloud-encrypt-"));
  folder = join(root, "repository");
  mkdirSync(folder);
  key = await newKey();
  write("keys.txt", `# created\n${key.identity}\n`);
});
afterEach(() => rmSync(root, { recursive: true }));

const FILE = "clouds/secrets/shop/db.sops.yaml";

function write(name: string, text: string): string {
  const path = join(root, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

const plain = (value: string): string => formatManifest(secretOf({ password: value, user: "ana" }));

const encryptText = (text: string, options: { recipients?: readonly string[]; identity?: string } = {}) =>
  encrypt({ folder, input: { text }, recipients: [], ...options });

const written = (): string => readFileSync(join(folder, FILE), "utf8");

async function errorOf(action: Promise<EncryptReport>): Promise<unknown> {
  return action.then(
    () => undefined,
    (error: unknown) => error,
  );
}

test("a Secret from outside of the repository is written into it, and nothing in plaintext", async () => {
  const path = write("db.yaml", plain("hunter2"));
  const report = await encrypt({ folder, input: { path }, recipients: [key.recipient] });
  expect(report).toEqual({ file: FILE, action: "created", recipients: [key.recipient] });
  expect(written()).not.toContain("hunter2");
  expect(readdirSync(join(folder, "clouds/secrets/shop"))).toEqual(["db.sops.yaml"]);
});

test("with an identity what has not changed stays, for those who could read it", async () => {
  await encryptText(plain("hunter2"), { recipients: [key.recipient] });
  const before = written();
  const identity = join(root, "keys.txt");
  expect(await encryptText(plain("hunter2"), { identity })).toMatchObject({ action: "unchanged" });
  expect(written()).toBe(before);
  expect(await encryptText(plain("hunter3"), { identity })).toMatchObject({
    action: "changed",
    recipients: [key.recipient],
  });
  expect(written()).not.toBe(before);
});

test("without an identity all is encrypted anew", async () => {
  await encryptText(plain("hunter2"), { recipients: [key.recipient] });
  const before = written();
  expect(await encryptText(plain("hunter2"))).toMatchObject({ action: "changed", recipients: [key.recipient] });
  expect(written()).not.toBe(before);
});

test("plaintext in the repository is refused, by whatever path", async () => {
  write("repository/db.yaml", plain("hunter2"));
  for (const path of [join(folder, "db.yaml"), join(root, "repository", "..", "repository", "db.yaml")]) {
    const error = await errorOf(encrypt({ folder, input: { path }, recipients: [key.recipient] }));
    expect(error).toMatchObject({ code: "INVALID" });
  }
  expect(existsSync(join(folder, "clouds"))).toBe(false);
});

test("what is wrong is told without a value, and nothing is written", async () => {
  const open = write("open.txt", `${key.identity}\n`);
  chmodSync(open, 0o644);
  const errors = [
    await errorOf(encryptText(plain("hunter2"))),
    await errorOf(encryptText("stringData: hunter2", { recipients: [key.recipient] })),
    await errorOf(encryptText(plain("hunter2"), { recipients: [key.identity] })),
    await errorOf(encryptText(plain("hunter2"), { recipients: [key.recipient], identity: open })),
    await errorOf(encryptText(plain("hunter2"), { recipients: [key.recipient], identity: join(root, "none") })),
    await errorOf(encrypt({ folder, input: { path: join(root, "none") }, recipients: [key.recipient] })),
  ];
  expect(errors.map((error) => (error as { code?: string }).code)).toEqual([
    "INVALID",
    "INVALID",
    "INVALID",
    "KEY_STORE",
    "INVALID",
    "INVALID",
  ]);
  for (const error of errors) expect(String(error)).not.toMatch(/hunter2|AGE-SECRET-KEY-1/);
  expect(existsSync(join(folder, "clouds"))).toBe(false);
});
