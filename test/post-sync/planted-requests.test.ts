import { X509Certificate } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Manifest } from "../../src/model/manifest.ts";
import { refOf } from "../../src/model/ref.ts";
import type { UserGrant } from "../../src/post-sync/cluster-access.ts";
import { grantAccess } from "../../src/post-sync/grant-access.ts";
import { publicKeyOf } from "../../src/x509/identity.ts";
import { type FakeRequest, fakeCluster } from "../fakes/fake-cluster.ts";
import { forged, isApproved, MOMENTS, withSpec } from "./planting.ts";
import { makeScene, requestOf } from "./scene.ts";

async function setUp() {
  const scene = await makeScene();
  const cluster = scene.render("east");
  const fake = fakeCluster("east");
  const request = requestOf(cluster);
  const mallory = fake.behind("mallory");
  const run = async (): Promise<UserGrant | undefined> =>
    (await grantAccess(fake, cluster, { stateDir: scene.stateDir, half: "both", timeoutMs: 5000 })).users[0];
  /** Mallory puts something in the place of whatever is there. */
  const plant = async (planted: Manifest) => {
    fake.remove(refOf(request));
    await mallory.create(planted);
  };
  return { scene, fake, request, mallory, run, plant };
}

const isRequest = ({ ref }: FakeRequest): boolean => ref.kind === "CertificateSigningRequest";

describe.each(Object.entries(MOMENTS))("planted %s", (_, isMoment) => {
  const setUpPlanting = async (planted: (request: Manifest) => Manifest) => {
    const setup = await setUp();
    const { fake, request, plant } = setup;
    let isPlanted = false;
    fake.before = async () => {
      if (isPlanted || !isMoment(fake.requests.filter(isRequest))) return;
      isPlanted = true;
      await plant(planted(request));
    };
    return { ...setup, wasPlanted: () => isPlanted };
  };

  test("a request for another key is refused, reported with its requester, and left there", async () => {
    const { fake, request, run, wasPlanted } = await setUpPlanting(forged);
    const grant = await run();
    expect(wasPlanted()).toBe(true);
    expect(grant).toMatchObject({ outcome: "none", failure: { code: "CSR_PLANTED" } });
    expect(grant?.failure?.message).toContain('"mallory"');
    const left = fake.find(refOf(request));
    expect(left).toMatchObject({ spec: { username: "mallory" } });
    expect(isApproved(left)).toBe(false);
  });

  test("our own bytes in somebody else's name stop nobody, and are not approved", async () => {
    const { fake, request, run, wasPlanted } = await setUpPlanting((ours) => ours);
    expect(await run()).toMatchObject({ outcome: "issued" });
    expect(wasPlanted()).toBe(true);
    const left = fake.find(refOf(request));
    expect(left).toMatchObject({ spec: { username: "mallory" } });
    expect(isApproved(left)).toBe(false);
    expect(await fake.list(request)).toHaveLength(1);
  });
});

test.each([
  ["lifetime", { expirationSeconds: 10 * 365 * 24 * 3600 }],
  ["signer", { signerName: "example.com/any" }],
  ["usages", { usages: ["client auth"] }],
])("a request of a requester's with another %s is planted", async (_, fields) => {
  const { fake, request, run } = await setUp();
  await fake.behind("admin").create(withSpec(request, fields));
  expect(await run()).toMatchObject({ outcome: "none", failure: { code: "CSR_PLANTED" } });
  expect(isApproved(fake.find(refOf(request)))).toBe(false);
});

test("usages have no order", async () => {
  const { fake, request, run } = await setUp();
  await fake.behind("admin").create(withSpec(request, { usages: ["digital signature", "client auth"] }));
  expect(await run()).toMatchObject({ outcome: "issued" });
});

test("what is planted at any call gets no certificate, and no user gets a foreign one", async () => {
  const { fake: unharmed, run: runUnharmed } = await setUp();
  await runUnharmed();
  for (let index = 1; index <= unharmed.requests.length; index++) {
    const { scene, fake, request, run, plant } = await setUp();
    fake.before = async () => {
      if (fake.requests.length === index) await plant(forged(request));
    };
    const grant = await run();
    expect(isApproved(fake.find(refOf(request)))).toBe(false);
    if (grant?.credential?.kind !== "certificate") continue;
    const { publicKey } = new X509Certificate(grant.credential.certificate);
    const key = await scene.keys.findKey("shop", "ada");
    expect(key && publicKeyOf(publicKey).equals(publicKeyOf(key))).toBe(true);
  }
});

test("a request that was put in the place of a collected one is not deleted", async () => {
  const { fake, request, run, plant } = await setUp();
  fake.before = async ({ verb }) => {
    if (verb === "delete") await plant(forged(request));
  };
  expect(await run()).toMatchObject({ outcome: "issued" });
  expect(fake.find(refOf(request))).toMatchObject({ spec: { username: "mallory" } });
});

test("requests under names like our other ones are passed over, whatever they ask for", async () => {
  const { fake, request, mallory, run } = await setUp();
  const named = (manifest: Manifest, name: string) => ({ ...manifest, metadata: { ...manifest.metadata, name } });
  const { name } = request.metadata;
  await mallory.create(request);
  await mallory.create(named(request, `${name}-aaaaa`));
  await mallory.create(named(forged(request), `${name}-bbbbb`));
  await fake.behind("admin").create(named(request, `${name}x-ccccc`));
  expect(await run()).toMatchObject({ outcome: "issued" });
  const read = fake.requests.flatMap(({ verb, ref }) => (verb === "get" ? ref.name : []));
  expect(read.filter((each) => /aaaaa|bbbbb|ccccc/.test(each))).toEqual([]);
  const left = await fake.list(request);
  expect(left.map((each) => each.metadata.name.slice(name.length))).toEqual(["", "-aaaaa", "-bbbbb", "x-ccccc"]);
  expect(left.some(isApproved)).toBe(false);
});

test("a request that is replaced over and over is given up", async () => {
  const { fake, request, run } = await setUp();
  fake.before = async ({ verb }) => {
    if (verb === "replace") fake.remove(refOf(request));
  };
  expect(await run()).toMatchObject({ outcome: "none", failure: { code: "CONFLICT" } });
});

test("control characters of a requester reach no terminal", async () => {
  const { fake, request, run } = await setUp();
  await fake.behind("\u001b[2Jmallory\n").create(forged(request));
  expect((await run())?.failure?.message).not.toMatch(/\p{Cc}/u);
});
