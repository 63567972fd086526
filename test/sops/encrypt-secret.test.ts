import { beforeAll, expect, test } from "vitest";
import { secretValuesOf } from "../../src/model/sops.ts";
import { formatManifest } from "../../src/rendered/format-yaml.ts";
import { decryptText, pathOf } from "../../src/sops/cipher.ts";
import { parseIdentities, unwrapKey } from "../../src/sops/data-key.ts";
import { type EncryptedSecret, parseEncrypted, parseSecret } from "../../src/sops/parse-secret.ts";
import { type AgeKey, encrypt, LATER, NOW, newKey, secretOf } from "./secrets.ts";

let ana: AgeKey;
let eve: AgeKey;

beforeAll(async () => {
  [ana, eve] = [await newKey(), await newKey()];
});

async function decrypted(
  secret: EncryptedSecret,
  field: string,
  name: string,
  key: AgeKey,
): Promise<string | undefined> {
  const dataKey = await unwrapKey(secret.sops.age, [key.identity]);
  const values = secret[field] as Readonly<Record<string, string>>;
  return dataKey && decryptText(values[name] ?? "", dataKey, pathOf(field, name));
}

test("only values are encrypted, and every recipient can decrypt them", async () => {
  const plain = secretOf({ password: "hunter2" }, { data: { pin: "MTIzNA==" }, type: "Opaque" });
  const secret = await encrypt(plain, [ana, eve]);
  expect(secretValuesOf(secret)).toBe("encrypted");
  expect(secret).toMatchObject({ kind: "Secret", metadata: plain.metadata, type: "Opaque" });
  const text = formatManifest(secret);
  for (const value of ["hunter2", "MTIzNA==", "1234"]) expect(text).not.toContain(value);
  for (const key of [ana, eve]) {
    expect(await decrypted(secret, "stringData", "password", key)).toBe("hunter2");
    expect(await decrypted(secret, "data", "pin", key)).toBe("MTIzNA==");
  }
});

test("what has not changed keeps its bytes", async () => {
  const plain = secretOf({ password: "hunter2", user: "ana", empty: "" });
  const before = await encrypt(plain, [ana]);
  const again = await encrypt(plain, [ana], parseEncrypted(formatManifest(before), "file"));
  expect(formatManifest(again)).toBe(formatManifest(before));
});

test("a value that has changed leaves the others as they are", async () => {
  const before = await encrypt(secretOf({ password: "hunter2", user: "ana" }), [ana]);
  const after = await encrypt(secretOf({ password: "hunter3", user: "ana" }), [ana], before);
  const [old, changed] = [before, after].map(({ stringData }) => stringData as Readonly<Record<string, string>>);
  expect(changed?.["user"]).toBe(old?.["user"]);
  expect(changed?.["password"]).not.toBe(old?.["password"]);
  expect([before.sops.lastmodified, after.sops.lastmodified]).toEqual([NOW, LATER]);
  expect(after.sops.mac).not.toBe(before.sops.mac);
  expect(after.sops.age).toEqual(before.sops.age);
  expect(await decrypted(after, "stringData", "password", ana)).toBe("hunter3");
});

test("a value that is gone, or another label, makes another file", async () => {
  const before = await encrypt(secretOf({ password: "hunter2", user: "ana" }), [ana]);
  const less = await encrypt(secretOf({ user: "ana" }), [ana], before);
  expect(less.sops.mac).not.toBe(before.sops.mac);
  const metadata = { name: "db", namespace: "shop", labels: { tier: "gold" } };
  const labelled = await encrypt(secretOf({ password: "hunter2", user: "ana" }, { metadata }), [ana], before);
  expect(labelled).toEqual({ ...before, metadata });
});

test("who is no recipient any more cannot read what is encrypted then", async () => {
  const plain = secretOf({ password: "hunter2" });
  const before = await encrypt(plain, [ana, eve]);
  const oldKey = await unwrapKey(before.sops.age, [eve.identity]);
  const after = await encrypt(plain, [ana], before);
  expect(await unwrapKey(after.sops.age, [eve.identity])).toBeUndefined();
  const { password = "" } = after["stringData"] as Readonly<Record<string, string>>;
  expect(oldKey && decryptText(password, oldKey, pathOf("stringData", "password"))).toBeUndefined();
  expect(await decrypted(after, "stringData", "password", ana)).toBe("hunter2");
});

test("a value that somebody has put elsewhere is encrypted anew", async () => {
  const plain = secretOf({ a: "one", b: "two" });
  const before = await encrypt(plain, [ana]);
  const { a = "", b = "" } = before["stringData"] as Readonly<Record<string, string>>;
  const after = await encrypt(plain, [ana], { ...before, stringData: { a: b, b: a } });
  expect(await decrypted(after, "stringData", "a", ana)).toBe("one");
  expect(await decrypted(after, "stringData", "b", ana)).toBe("two");
});

test("an identity that opens nothing is refused", async () => {
  const before = await encrypt(secretOf({ a: "one" }), [ana]);
  const previous = { secret: before, identities: [eve.identity] };
  await expect(encrypt(secretOf({ a: "one" }), [ana], before, { previous })).rejects.toMatchObject({ code: "INVALID" });
});

test.each<[string, (key: AgeKey) => readonly string[]]>([
  ["none", () => []],
  ["a private key", ({ identity }) => [identity]],
  ["a text", () => ["ana"]],
  ["one with a wrong checksum", ({ recipient }) => [`${recipient.slice(0, -1)}${recipient.endsWith("q") ? "p" : "q"}`]],
])("a recipient is refused: %s", async (_, recipients) => {
  const error: unknown = await encrypt(secretOf({ a: "one" }), [], undefined, { recipients: recipients(ana) }).catch(
    (cause: unknown) => cause,
  );
  expect(error).toMatchObject({ code: "INVALID" });
  expect(String(error)).not.toContain(ana.identity);
});

test("identities of a key file are read, and nothing of a wrong one is told", async () => {
  expect(parseIdentities(`# public key: ${ana.recipient}\n${ana.identity}\n\n${eve.identity}\n`, "file")).toEqual([
    ana.identity,
    eve.identity,
  ]);
  for (const text of ["", "# a\n", `${ana.identity}x\n`, "hunter2\n"]) {
    expect(() => parseIdentities(text, "file")).toThrow(expect.objectContaining({ code: "INVALID" }));
    expect(() => parseIdentities(text, "file")).not.toThrow(/hunter2|AGE-SECRET-KEY-1/);
  }
});

test.each([
  ["no YAML", "a: [hunter2"],
  ["two Secrets", `${formatManifest(secretOf({ a: "hunter2" }))}---\n${formatManifest(secretOf({ b: "x" }))}`],
  ["another kind", formatManifest({ ...secretOf({ a: "hunter2" }), kind: "ConfigMap" })],
  ["no namespace", formatManifest(secretOf({ a: "hunter2" }, { metadata: { name: "db" } }))],
  ["a name that leads elsewhere", formatManifest(secretOf({ a: "x" }, { metadata: { name: "../x", namespace: "a" } }))],
  ["a number", "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\nstringData: {a: 12345678}\n"],
  ["what is no base64", formatManifest(secretOf({}, { data: { a: "hunter2!" } }))],
  ["no value", formatManifest(secretOf({}))],
  ["ciphertext", formatManifest(secretOf({ a: "x" }, { sops: { mac: "x" } }))],
  [
    "what kubectl has kept",
    formatManifest(
      secretOf(
        { a: "x" },
        {
          metadata: {
            name: "db",
            namespace: "shop",
            annotations: { "kubectl.kubernetes.io/last-applied-configuration": "hunter2" },
          },
        },
      ),
    ),
  ],
])("a Secret is refused that has %s, and nothing of it is told", (_, text) => {
  expect(() => parseSecret(text, "file")).toThrow(expect.objectContaining({ code: "INVALID" }));
  expect(() => parseSecret(text, "file")).not.toThrow(/hunter2|12345678/);
});

test("a file that somebody else has encrypted is left alone", () => {
  expect(() => parseEncrypted(formatManifest(secretOf({ a: "x" })), "file")).toThrow(
    expect.objectContaining({ code: "INVALID" }),
  );
});
