import { generateKeyPairSync } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import { CloudError } from "../../src/model/error.ts";
import { refOf } from "../../src/model/ref.ts";
import { CLUSTER_MEMORIES } from "../../src/post-sync/check-cluster.ts";
import type { GrantOptions, UserGrant } from "../../src/post-sync/cluster-access.ts";
import { grantAccess } from "../../src/post-sync/grant-access.ts";
import type { RenderedCluster } from "../../src/rendered/rendered-cluster.ts";
import { publicKeyOf } from "../../src/x509/identity.ts";
import type { CertificateRequest } from "../../src/x509/request.ts";
import { fakeCluster } from "../fakes/fake-cluster.ts";
import { name as nameOf, subject } from "../x509/forged-request.ts";
import { type IssueOptions, issueCertificate } from "../x509/issued-certificate.ts";
import { decided, requestPem } from "./planting.ts";
import { HOUR, makeScene, type RenderOptions, requestOf } from "./scene.ts";

const start = new Date("2030-01-01T00:00:00Z");
const later = (seconds: number): Date => new Date(start.getTime() + seconds * 1000);

async function setUp() {
  const scene = await makeScene();
  let now = start;
  const fake = fakeCluster("east", { now: () => now });
  const grant = async (
    cluster: RenderedCluster,
    options: Partial<GrantOptions> = {},
    api: KubeApi = fake,
  ): Promise<UserGrant | undefined> => {
    const { stateDir } = scene;
    const { users, failures } = await grantAccess(api, cluster, {
      stateDir,
      half: "both",
      timeoutMs: 5000,
      ...options,
    });
    expect(failures).toEqual([]);
    return users[0];
  };
  const setTime = (time: Date): void => {
    now = time;
  };
  return { scene, fake, grant, setTime, cluster: scene.render("east") };
}

const requestsOf = async (api: KubeApi) =>
  api.list({ apiVersion: "certificates.k8s.io/v1", kind: "CertificateSigningRequest" });

test("a user gets a certificate that the cluster takes for that user, and the request is gone", async () => {
  const { scene, fake, grant, cluster } = await setUp();
  const issued = await grant(cluster);
  expect(issued).toMatchObject({ cloud: "shop", user: "ada", kind: "x509", namespaces: ["shop"], outcome: "issued" });
  expect(issued).toMatchObject({ expires: later(HOUR), credential: { kind: "certificate" } });
  expect(issued).not.toHaveProperty("unverified");
  expect(await requestsOf(fake)).toEqual([]);
  const path = join(scene.stateDir, "certificates", "shop", "ada", "east.crt.pem");
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(issued?.credential).toEqual({ kind: "certificate", certificate: await readFile(path, "utf8") });
});

describe("a stored certificate", () => {
  const renewed: readonly [string, { after?: number; render?: RenderOptions; rotate?: boolean; forget?: boolean }][] = [
    ["has a third of its life left", { after: HOUR - (HOUR + 300) / 3 }],
    ["has ended", { after: HOUR }],
    ["is for longer than git asks for today", { render: { expirationSeconds: HOUR / 2 } }],
    ["is for another key than today's request", { rotate: true }],
    ["is not taken by the cluster any more", { forget: true }],
  ];

  test.each(renewed)("is renewed once it %s", async (_, { after = 0, render = {}, rotate = false, forget = false }) => {
    const { scene, fake, grant, cluster, setTime } = await setUp();
    const first = await grant(cluster);
    setTime(later(after));
    if (forget) fake.forgetCertificates();
    const brought = rotate ? { brought: { "shop/ada": requestPem("lc:shop:ada") } } : {};
    const second = await grant(scene.render("east", { ...render, ...brought }));
    expect(second).toMatchObject({ outcome: "issued" });
    expect(second?.credential).not.toEqual(first?.credential);
  });

  const kept: readonly [string, { after?: number; render?: RenderOptions }][] = [
    ["has a little more than a third of its life left", { after: HOUR - (HOUR + 300) / 3 - 1 }],
    ["is for less time than git asks for today", { render: { expirationSeconds: 2 * HOUR } }],
  ];

  test.each(kept)("is kept while it %s, and nothing is written", async (_, { after = 0, render = {} }) => {
    const { scene, fake, grant, cluster, setTime } = await setUp();
    const first = await grant(cluster);
    setTime(later(after));
    fake.requests.length = 0;
    const second = await grant(scene.render("east", render));
    expect(second).toEqual({ ...first, outcome: "kept" });
    expect(new Set(fake.requests.map(({ ref }) => ref.kind))).toEqual(new Set(["ConfigMap", "SelfSubjectReview"]));
  });

  test("is kept with the failure beside it where no new one can be had", async () => {
    const { fake, grant, cluster, setTime } = await setUp();
    const first = await grant(cluster);
    setTime(later(HOUR - 60));
    fake.signer = "off";
    const second = await grant(cluster, { timeoutMs: 0 });
    expect(second).toEqual({ ...first, outcome: "kept", failure: expect.objectContaining({ code: "CSR_TIMEOUT" }) });
  });

  test("is not kept where the cluster refuses it and no new one can be had", async () => {
    const { fake, grant, cluster } = await setUp();
    await grant(cluster);
    fake.forgetCertificates();
    fake.signer = "off";
    const second = await grant(cluster, { timeoutMs: 0 });
    expect(second).toMatchObject({ outcome: "none", failure: { code: "CSR_TIMEOUT" } });
    expect(second).not.toHaveProperty("credential");
  });
});

test("a user who brought a request gets a certificate that nobody here can try", async () => {
  const { scene, fake, grant } = await setUp();
  const brought = requestPem("lc:shop:ada");
  const cluster = scene.render("east", { brought: { "shop/ada": brought } });
  expect(await grant(cluster)).toMatchObject({ outcome: "issued", unverified: true });
  fake.requests.length = 0;
  expect(await grant(cluster)).toMatchObject({ outcome: "kept", unverified: true });
  const review = { ref: { kind: "SelfSubjectReview" } };
  expect(fake.requests).toMatchObject([...CLUSTER_MEMORIES.map((ref) => ({ verb: "get", ref })), review]);
});

test("a denied request stays denied", async () => {
  const { fake, grant, cluster } = await setUp();
  const request = requestOf(cluster);
  const bob = fake.behind("bob");
  const denied = decided(await fake.behind("admin").create(request), "Denied", "unknown\u001b[2J");
  await bob.replace(denied, { subresource: "approval" });
  const refused = await grant(cluster);
  expect(refused).toMatchObject({ outcome: "none", failure: { code: "CSR_DENIED" } });
  expect(refused?.failure?.message).not.toMatch(/\p{Cc}/u);
  expect(fake.find(refOf(request))).toBeDefined();
});

test("a request that is denied while we approve it stays denied", async () => {
  const { fake, grant, cluster } = await setUp();
  const bob = fake.behind("bob");
  fake.before = async ({ verb }) => {
    const live = verb === "replace" ? fake.find(refOf(requestOf(cluster))) : undefined;
    if (live !== undefined) await bob.replace(decided(live, "Denied"), { subresource: "approval" });
  };
  expect(await grant(cluster)).toMatchObject({ outcome: "none", failure: { code: "CSR_DENIED" } });
});

test("a request that the signer refuses is told, and made again by the next run", async () => {
  const { fake, grant, cluster } = await setUp();
  fake.signer = "fails";
  expect(await grant(cluster)).toMatchObject({ outcome: "none", failure: { code: "CSR_FAILED" } });
  fake.signer = "on";
  expect(await grant(cluster)).toMatchObject({ outcome: "issued" });
});

test("a request that is not signed in time is told, and collected by a later run", async () => {
  const { fake, grant, cluster } = await setUp();
  fake.signer = "off";
  expect(await grant(cluster, { timeoutMs: 30 })).toMatchObject({ outcome: "none", failure: { code: "CSR_TIMEOUT" } });
  fake.signer = "on";
  fake.requests.length = 0;
  expect(await grant(cluster)).toMatchObject({ outcome: "issued" });
  expect(fake.requests.some(({ verb }) => verb === "replace")).toBe(false);
});

test("a certificate that is signed later is waited for", async () => {
  const { fake, grant, cluster } = await setUp();
  fake.signer = "off";
  let looks = 0;
  fake.before = ({ verb }) => {
    if (verb === "get" && ++looks === 5) fake.signer = "on";
  };
  expect(await grant(cluster)).toMatchObject({ outcome: "issued" });
});

test("a certificate is good although its request cannot be deleted", async () => {
  const { fake, grant, cluster } = await setUp();
  fake.before = ({ verb }) => {
    if (verb === "delete") throw new CloudError("FORBIDDEN", "east: not allowed");
  };
  const issued = await grant(cluster);
  expect(issued).toMatchObject({ outcome: "issued", credential: {}, failure: { code: "FORBIDDEN" } });
  expect(await grant(cluster)).toMatchObject({ outcome: "kept", credential: issued?.credential });
});

test("an uncollected certificate near its end is asked for once more", async () => {
  const { fake, grant, cluster, setTime } = await setUp();
  const live = await fake.behind("admin").create(requestOf(cluster));
  await fake.behind("admin").replace(decided(live, "Approved"), { subresource: "approval" });
  setTime(later(HOUR - 60));
  expect(await grant(cluster)).toMatchObject({ outcome: "issued", expires: later(2 * HOUR - 60) });
});

describe("a certificate is refused, and not stored, if the signer", () => {
  const other = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey;
  const wrong: readonly [string, (request: CertificateRequest) => IssueOptions][] = [
    ["used another key", () => ({ publicKey: publicKeyOf(other) })],
    ["gave another common name", ({ organization }) => ({ subject: subject("lc:shop:eve", organization) })],
    ["gave another organization", ({ commonName }) => ({ subject: subject(commonName, "lc:k:0123") })],
    ["gave no names", () => ({ subject: nameOf() })],
    ["made it valid for longer", () => ({ notAfter: later(HOUR + 301) })],
    ["made it valid only later", () => ({ notBefore: later(1) })],
    ["made it end at once", () => ({ notAfter: later(300) })],
  ];

  test.each(wrong)("%s", async (_, options) => {
    const { scene, fake, grant, cluster } = await setUp();
    const valid = { notBefore: later(-300), notAfter: later(HOUR) };
    fake.signer = (request) => issueCertificate(request, { ...valid, ...options(request) });
    expect(await grant(cluster)).toMatchObject({ outcome: "none", failure: { code: "CERTIFICATE_WRONG" } });
    await expect(stat(join(scene.stateDir, "certificates"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("is one that the API server does not believe", async () => {
    const { fake, grant, cluster } = await setUp();
    fake.before = ({ credential }) => {
      if (credential !== undefined) fake.forgetCertificates();
    };
    expect(await grant(cluster)).toMatchObject({ outcome: "none", failure: { code: "CERTIFICATE_WRONG" } });
  });
});

test("a request in dist/ that is not that user's is not sent", async () => {
  const { scene, fake, grant } = await setUp();
  const cluster = scene.render("east", { brought: { "shop/ada": requestPem("lc:shop:eve") } });
  for (const half of ["both", "collect", "approve"] as const) {
    expect(await grant(cluster, { half })).toMatchObject({ failure: { code: "REQUEST_INVALID" } });
  }
  expect(await requestsOf(fake)).toEqual([]);
});
