import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { access, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { enrollUser } from "../../src/keys/enroll-user.ts";
import { type KeyStore, openKeyStore } from "../../src/keys/key-store.ts";
import { keyGroup } from "../../src/x509/identity.ts";
import { checkRequest, createRequest, parseRequest } from "../../src/x509/request.ts";

const ada = { cloud: "shop", user: "ada" };

let folder = "";
let identities = "";
let request = "";
let store: KeyStore;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lcloud-enroll-"));
  identities = join(folder, "clouds", "identities");
  request = join(identities, "shop", "ada.csr.pem");
  store = await openKeyStore(join(folder, "state"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const enroll = (wanted = ada) => enrollUser(store, identities, wanted);
const refused = expect.objectContaining({
  name: "CloudError",
  code: "REQUEST_INVALID",
  message: expect.stringMatching(/ada\.csr\.pem: [^\n]+; [^\n]+[^.\n]$/),
});

function requestOf(key: KeyObject, commonName = "lc:shop:ada"): string {
  return createRequest(key, { commonName, organization: keyGroup(key) });
}
const newKey = () => generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;

async function put(text: string): Promise<void> {
  await mkdir(dirname(request), { recursive: true });
  await writeFile(request, text);
}

test("a user gets a key, and a request for it that passes every check", async () => {
  expect(await enroll()).toEqual({ ...ada, request, action: "created", key: "here" });
  const key = await store.findKey("shop", "ada");
  const parsed = parseRequest(await readFile(request, "utf8"));
  checkRequest(parsed, "shop", "ada");
  expect(key && keyGroup(key)).toBe(parsed.group);
});

test("a request is for everybody to read, and nothing else is left beside it", async () => {
  await enroll();
  expect((await stat(request)).mode & 0o777).toBe(0o644 & ~process.umask());
  expect(await readdir(dirname(request))).toEqual(["ada.csr.pem"]);
});

test("enrolling twice changes nothing", async () => {
  await enroll();
  const before = await stat(request, { bigint: true });
  expect(await enroll()).toEqual({ ...ada, request, action: "unchanged", key: "here" });
  const after = await stat(request, { bigint: true });
  expect([after.ino, after.mtimeNs, after.ctimeNs]).toEqual([before.ino, before.mtimeNs, before.ctimeNs]);
});

test("a lost request is made again for the same key", async () => {
  await enroll();
  const { group } = parseRequest(await readFile(request, "utf8"));
  await rm(request);
  expect(await enroll()).toMatchObject({ action: "created" });
  expect(parseRequest(await readFile(request, "utf8")).group).toBe(group);
});

test("all who enroll a user at once agree on one key and one request", async () => {
  const enrolments = await Promise.all(Array.from({ length: 8 }, () => enroll()));
  expect(enrolments.filter(({ action }) => action === "created")).toHaveLength(1);
  const key = await store.findKey("shop", "ada");
  expect(key && keyGroup(key)).toBe(parseRequest(await readFile(request, "utf8")).group);
});

test("the kind of key is the one that is wanted", async () => {
  await enrollUser(store, identities, { ...ada, algorithm: "rsa-2048" });
  expect(parseRequest(await readFile(request, "utf8")).keyType).toBe("RSA 2048");
});

test("a request made elsewhere is taken as it is, and no key is made", async () => {
  const text = requestOf(newKey()).replaceAll("\n", "\r\n");
  await put(text);
  expect(await enroll()).toEqual({ ...ada, request, action: "unchanged", key: "elsewhere" });
  expect(await readFile(request, "utf8")).toBe(text);
  expect(await store.hasKey("shop", "ada")).toBe(false);
});

test("a request of another key than the store's is refused, and stays", async () => {
  await store.ensureKey(ada);
  const text = requestOf(newKey());
  await put(text);
  await expect(enroll()).rejects.toEqual(refused);
  expect(await readFile(request, "utf8")).toBe(text);
});

test.each([
  ["of another user", () => requestOf(newKey(), "lc:shop:eve")],
  [
    "of another key's group",
    () => createRequest(newKey(), { commonName: "lc:shop:ada", organization: keyGroup(newKey()) }),
  ],
  ["with another signature", () => requestOf(newKey()).replace(/.{8}(?==*\n-----END)/, "AAAAAAAA")],
  ["that is a private key", () => newKey().export({ type: "pkcs8", format: "pem" }).toString()],
  ["that is empty", () => ""],
])("a request %s is refused, and no key is made", async (_, make) => {
  await put(make());
  await expect(enroll()).rejects.toEqual(refused);
  expect(await store.hasKey("shop", "ada")).toBe(false);
});

test.each([
  ["a folder", () => mkdir(request, { recursive: true })],
  [
    "a file in the place of its folder",
    () => mkdir(identities, { recursive: true }).then(() => writeFile(dirname(request), "")),
  ],
  [
    "a symlink that leads nowhere",
    () => mkdir(dirname(request), { recursive: true }).then(() => symlink("nowhere", request)),
  ],
])("%s where the request belongs is refused", async (_, obstruct) => {
  await obstruct();
  await expect(enroll()).rejects.toEqual(refused);
});

test("a name that leads out of the folder is refused", async () => {
  await expect(enroll({ cloud: "..", user: "ada" })).rejects.toMatchObject({ code: "KEY_STORE" });
  await expect(access(identities)).rejects.toMatchObject({ code: "ENOENT" });
});

test("a name that fits no certificate is refused with its file", async () => {
  await expect(enroll({ cloud: "a".repeat(40), user: "b".repeat(40) })).rejects.toMatchObject({
    code: "REQUEST_INVALID",
    message: expect.stringContaining(`${"b".repeat(40)}.csr.pem: `),
  });
});
