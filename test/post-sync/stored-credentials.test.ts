import { generateKeyPairSync } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { writePrivateFile } from "../../src/keys/private-file.ts";
import { ensurePrivateFolder } from "../../src/keys/private-folder.ts";
import { certificatePath, kubeconfigPath } from "../../src/keys/state-layout.ts";
import { type ReviewedRequest, readReviewed } from "../../src/post-sync/reviewed-request.ts";
import { isTakenFor } from "../../src/post-sync/self-subject.ts";
import { findCertificate } from "../../src/post-sync/stored-certificate.ts";
import { StoredTokens } from "../../src/post-sync/stored-tokens.ts";
import { findToken } from "../../src/post-sync/token-source.ts";
import { publicKeyOf } from "../../src/x509/identity.ts";
import { fakeCluster } from "../fakes/fake-cluster.ts";
import { subject } from "../x509/forged-request.ts";
import { type IssueOptions, issueCertificate } from "../x509/issued-certificate.ts";
import { HOUR, makeScene, requestOf } from "./scene.ts";

const now = new Date("2030-01-01T00:00:00Z");
const later = (seconds: number): Date => new Date(now.getTime() + seconds * 1000);

describe("a stored certificate", () => {
  const place = (stateDir: string) => ({ stateDir, cluster: "east", cloud: "shop", user: "ada" });
  const store = async (pem: (reviewed: ReviewedRequest) => string) => {
    const { stateDir, render } = await makeScene();
    const reviewed = readReviewed("east", requestOf(render("east")), "shop", "ada");
    await writePrivateFile(certificatePath(place(stateDir)), pem(reviewed));
    return findCertificate(place(stateDir), reviewed, now);
  };
  const valid = { notBefore: later(-300), notAfter: later(HOUR) };

  test("is found if it is for today's request and has not ended", async () => {
    const found = await store(({ request }) => issueCertificate(request, valid));
    expect(found).toMatchObject({ expires: later(HOUR), isFresh: true });
  });

  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const wrong: readonly [string, (reviewed: ReviewedRequest) => IssueOptions][] = [
    ["another key", () => ({ publicKey: publicKeyOf(publicKey) })],
    ["another user", ({ request }) => ({ subject: subject("lc:shop:eve", request.organization) })],
    ["another group", ({ request }) => ({ subject: subject(request.commonName, "lc:k:0123") })],
    ["a time that has not come", () => ({ notBefore: later(1) })],
    ["a time that is over", () => ({ notAfter: now })],
  ];

  test.each(wrong)("is passed over if it is for %s", async (_, options) => {
    const issue = (reviewed: ReviewedRequest) => issueCertificate(reviewed.request, { ...valid, ...options(reviewed) });
    expect(await store(issue)).toBeUndefined();
  });

  test("is passed over if it cannot be read, but told if others can", async () => {
    expect(await store(() => "")).toBeUndefined();
    const { stateDir, render } = await makeScene();
    const path = certificatePath(place(stateDir));
    await ensurePrivateFolder(dirname(path));
    await writeFile(path, "", { mode: 0o644 });
    const reviewed = readReviewed("east", requestOf(render("east")), "shop", "ada");
    await expect(findCertificate(place(stateDir), reviewed, now)).rejects.toMatchObject({ code: "KEY_STORE" });
  });
});

describe("a stored token", () => {
  const user = (extension: object) => ({
    users: [
      {
        name: "ada@shop.east",
        user: { token: "t", extensions: [{ name: "logical-clouds.io/token", extension }] },
      },
    ],
  });
  const known = { requestedSeconds: HOUR, issued: now.toISOString(), expires: later(HOUR).toISOString() };
  const store = async (extension: object) => {
    const { stateDir } = await makeScene();
    await writePrivateFile(kubeconfigPath(stateDir, "shop", "ada"), JSON.stringify(user(extension)));
    return stateDir;
  };

  test.each([
    ["it has ended", { ...known, expires: now.toISOString() }],
    ["nobody knows when it ends", { ...known, expires: undefined }],
    ["nobody knows when it was made", { ...known, issued: "yesterday" }],
    ["nobody knows what was asked for", { ...known, requestedSeconds: "long" }],
  ])("is passed over if %s", async (_, extension) => {
    const stateDir = await store(extension);
    const place = {
      stateDir,
      cluster: "east",
      cloud: "shop",
      user: "ada",
      serviceAccount: "x",
      expirationSeconds: HOUR,
    };
    expect(await findToken(place, new StoredTokens(stateDir), now)).toBeUndefined();
  });

  test("is found under its cluster only", async () => {
    const stored = new StoredTokens(await store(known));
    const east = await stored.find("shop", "ada", "east");
    expect(east).toMatchObject({ requestedSeconds: HOUR, issued: now, expires: later(HOUR) });
    expect(east?.reveal()).toBe("t");
    expect(await stored.find("shop", "ada", "west")).toBeUndefined();
  });
});

test.each([
  [{ username: "ada", groups: ["a", "b"] }, true],
  [{ username: "ada", groups: [] }, true],
  [{ username: "ada", groups: ["c"] }, false],
  [{ username: "bob", groups: ["a"] }, false],
])("a holder is taken for a user in all of some groups or not at all: %j", async (expected, isTaken) => {
  const fake = fakeCluster("east");
  fake.tokens.set("t", { username: "ada", groups: ["a", "b"] });
  expect(await isTakenFor(fake, { kind: "token", token: "t" }, expected)).toBe(isTaken);
  expect(await isTakenFor(fake, { kind: "token", token: "another" }, expected)).toBe(false);
});
