import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type KeyAlgorithm, openKeyStore } from "../../src/keys/key-store.ts";
import { keyGroup } from "../../src/x509/identity.ts";

let folder = "";
let state = "";
const keyFile = () => join(state, "keys", "shop", "ada.key.pem");
const ada = { cloud: "shop", user: "ada" };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lcloud-keys-"));
  state = join(folder, "state");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;
const keyStoreError = expect.objectContaining({ name: "CloudError", code: "KEY_STORE" });

test("a key is made once, and found again by every other store", async () => {
  const store = await openKeyStore(state);
  expect(await store.findKey("shop", "ada")).toBeUndefined();
  expect(await store.hasKey("shop", "ada")).toBe(false);

  const first = await store.ensureKey(ada);
  const again = await (await openKeyStore(state)).ensureKey({ ...ada, algorithm: "rsa-2048" });
  expect([first.made, again.made]).toEqual([true, false]);
  expect(again.key.equals(first.key)).toBe(true);
  expect((await store.findKey("shop", "ada"))?.equals(first.key)).toBe(true);
  expect(await store.hasKey("shop", "ada")).toBe(true);
});

test("to ensure a key that is there does not touch its file", async () => {
  const store = await openKeyStore(state);
  await store.ensureKey(ada);
  const before = await stat(keyFile(), { bigint: true });
  await store.ensureKey(ada);
  const after = await stat(keyFile(), { bigint: true });
  expect([after.ino, after.mtimeNs, after.ctimeNs]).toEqual([before.ino, before.mtimeNs, before.ctimeNs]);
});

test("every user of every cloud has a key of its own", async () => {
  const store = await openKeyStore(state);
  const users = ["ada", "eve"].flatMap((user) => ["shop", "bank"].map((cloud) => ({ cloud, user })));
  const keys = await Promise.all(users.map((user) => store.ensureKey(user)));
  expect(new Set(keys.map(({ key }) => keyGroup(key))).size).toBe(4);
});

test.each<[KeyAlgorithm, object]>([
  ["ecdsa-p256", { namedCurve: "prime256v1" }],
  ["rsa-2048", { modulusLength: 2048 }],
  ["rsa-3072", { modulusLength: 3072 }],
  ["rsa-4096", { modulusLength: 4096 }],
])("%s is the kind of key that is made", async (algorithm, details) => {
  const { key } = await (await openKeyStore(state)).ensureKey({ ...ada, algorithm });
  expect(key.asymmetricKeyDetails).toMatchObject(details);
});

test("keys are PKCS#8, for their owner only, and so are their folders", async () => {
  await (await openKeyStore(state)).ensureKey(ada);
  expect(await readFile(keyFile(), "utf8")).toMatch(/^-----BEGIN PRIVATE KEY-----\n[^-]+-----END PRIVATE KEY-----\n$/);
  expect(await modeOf(keyFile())).toBe(0o600);
  for (const path of [state, join(state, "keys"), join(state, "keys", "shop")]) expect(await modeOf(path)).toBe(0o700);
  expect(await readdir(join(state, "keys", "shop"))).toEqual(["ada.key.pem"]);
});

test("all who make a key at once in one process get one key, and one of them made it", async () => {
  const stores = await Promise.all(Array.from({ length: 4 }, () => openKeyStore(state)));
  const results = await Promise.all(Array.from({ length: 40 }, (_, index) => stores[index % 4]?.ensureKey(ada)));
  expect(new Set(results.map((result) => result && keyGroup(result.key))).size).toBe(1);
  expect(results.filter((result) => result?.made)).toHaveLength(1);
  expect(await readdir(join(state, "keys", "shop"))).toEqual(["ada.key.pem"]);
});

test("processes that make a key at once get one key", async () => {
  const outputs = await Promise.all(Array.from({ length: 3 }, () => text(enrolling().stdout)));
  const key = await (await openKeyStore(state)).findKey("shop", "ada");
  expect(key).toBeDefined();
  expect(outputs).toEqual(outputs.map(() => key && keyGroup(key)));
});

describe("a key is refused", () => {
  beforeEach(async () => {
    await (await openKeyStore(state)).ensureKey(ada);
  });

  const expectRefused = async () => {
    const store = await openKeyStore(state);
    await expect(store.findKey("shop", "ada")).rejects.toThrow(keyStoreError);
    await expect(store.hasKey("shop", "ada")).rejects.toThrow(keyStoreError);
    await expect(store.ensureKey(ada)).rejects.toThrow(keyStoreError);
  };

  test.each(["640", "620", "604", "602", "610", "644"])("of mode %s, which others may open", async (mode) => {
    await chmod(keyFile(), Number.parseInt(mode, 8));
    await expectRefused();
  });

  test("that is a symlink", async () => {
    await rename(keyFile(), join(folder, "moved.pem"));
    await symlink(join(folder, "moved.pem"), keyFile());
    await expectRefused();
  });

  test("that is a symlink to nothing, and nothing is made where it points", async () => {
    await rm(keyFile());
    await symlink(join(folder, "moved.pem"), keyFile());
    await expectRefused();
    expect(await readdir(folder)).toEqual(["state"]);
  });

  test("behind a folder that is a symlink", async () => {
    await rename(join(state, "keys", "shop"), join(folder, "shop"));
    await symlink(join(folder, "shop"), join(state, "keys", "shop"));
    await expectRefused();
  });

  test("in a folder in which others may write", async () => {
    await chmod(join(state, "keys", "shop"), 0o770);
    await expectRefused();
  });

  test("that is a folder", async () => {
    await rm(keyFile());
    await mkdir(keyFile());
    await expectRefused();
  });

  test.each(["", "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])(
    "that reads %j",
    async (text) => {
      await writeFile(keyFile(), text);
      await expectRefused();
    },
  );

  test("whose text is cut off, and it stays as it is", async () => {
    const half = (await readFile(keyFile(), "utf8")).slice(0, 100);
    await writeFile(keyFile(), half);
    await expectRefused();
    expect(await readFile(keyFile(), "utf8")).toBe(half);
  });

  test("that needs a passphrase", async () => {
    const cipher = { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "secret" } as const;
    await writeFile(keyFile(), generateKeyPairSync("ed25519").privateKey.export(cipher));
    await expectRefused();
  });

  test.skipIf(process.geteuid?.() !== 0)("that belongs to another user (skipped unless root)", async () => {
    await chown(keyFile(), 12345, 12345);
    await expectRefused();
  });
});

describe("a store is not opened", () => {
  test.each(["", "keys"])("when others may write in <state>/%s", async (name) => {
    await openKeyStore(state);
    await chmod(join(state, name), 0o770);
    await expect(openKeyStore(state)).rejects.toThrow(keyStoreError);
  });

  test("when its folder is a symlink", async () => {
    await mkdir(state, { mode: 0o700 });
    await symlink(folder, join(state, "keys"));
    await expect(openKeyStore(state)).rejects.toThrow(keyStoreError);
  });

  test("when there is a file in its place", async () => {
    await writeFile(state, "");
    await expect(openKeyStore(state)).rejects.toThrow(keyStoreError);
  });

  test.skipIf(process.geteuid?.() !== 0)("when it belongs to another user (skipped unless root)", async () => {
    await openKeyStore(state);
    await chown(join(state, "keys"), 12345, 12345);
    await expect(openKeyStore(state)).rejects.toThrow(keyStoreError);
  });
});

test("a state folder may be reached through a symlink", async () => {
  await mkdir(state, { mode: 0o700 });
  const alias = join(folder, "alias");
  await symlink(state, alias);
  const { key } = await (await openKeyStore(alias)).ensureKey(ada);
  expect((await (await openKeyStore(state)).findKey("shop", "ada"))?.equals(key)).toBe(true);
  expect((await lstat(alias)).isSymbolicLink()).toBe(true);
});

test.each(["", ".", "..", "a/b", "../ada", "ADA", "a\0", "-a", "a.key.pem", "x".repeat(64)])(
  "the name %j leads nowhere",
  async (name) => {
    const store = await openKeyStore(state);
    for (const identity of [
      { cloud: name, user: "ada" },
      { cloud: "shop", user: name },
    ]) {
      await expect(store.ensureKey(identity)).rejects.toThrow(keyStoreError);
      await expect(store.findKey(identity.cloud, identity.user)).rejects.toThrow(keyStoreError);
    }
    expect(await readdir(join(state, "keys"))).toEqual([]);
  },
);

/** A process that makes ada's key and prints its group. */
function enrolling() {
  const url = (path: string) => JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href);
  const program = `
    import { openKeyStore } from ${url("keys/key-store.ts")};
    import { keyGroup } from ${url("x509/identity.ts")};
    const { key } = await (await openKeyStore(${JSON.stringify(state)})).ensureKey({ cloud: "shop", user: "ada" });
    process.stdout.write(keyGroup(key));`;
  return spawn(process.execPath, ["--input-type=module", "--eval", program], { stdio: ["ignore", "pipe", "inherit"] });
}
