import { describe, expect, test } from "vitest";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import { refOf } from "../../src/model/ref.ts";
import type { GrantOptions, UserGrant } from "../../src/post-sync/cluster-access.ts";
import { grantAccess } from "../../src/post-sync/grant-access.ts";
import { fakeCluster } from "../fakes/fake-cluster.ts";
import { decided, forged, isApproved } from "./planting.ts";
import { makeScene, requestOf } from "./scene.ts";

/** Carol collects, bob approves; the cluster knows carol as its requester. */
async function setUp(requesters: readonly string[] = ["carol"]) {
  const scene = await makeScene();
  const cluster = scene.render("east", { identity: { kind: "x509", requesters } });
  const fake = fakeCluster("east", { username: "bob" });
  const run = async (api: KubeApi, half: GrantOptions["half"]): Promise<UserGrant | undefined> => {
    const stateDir = half === "approve" ? `${scene.stateDir}/of-nobody` : scene.stateDir;
    return (await grantAccess(api, cluster, { stateDir, half, timeoutMs: 0 })).users[0];
  };
  return {
    fake,
    request: requestOf(cluster),
    collect: () => run(fake.behind("carol"), "collect"),
    approve: () => run(fake, "approve"),
    both: (api: KubeApi) => run(api, "both"),
  };
}

const pending = { outcome: "none", failure: { code: "CSR_PENDING" } };

test("the collector requests, the approver approves, the collector collects", async () => {
  const { fake, request, collect, approve } = await setUp();
  expect(await collect()).toMatchObject(pending);
  expect(fake.find(refOf(request))).toMatchObject({ spec: { username: "carol" } });
  expect(await approve()).toMatchObject({ outcome: "approved" });
  expect(await collect()).toMatchObject({ outcome: "issued" });
  expect(fake.find(refOf(request))).toBeUndefined();
  expect(await collect()).toMatchObject({ outcome: "kept" });
  expect(await approve()).toMatchObject({ outcome: "absent" });
});

test.each([
  ["approves before there is anything", ["approve", "collect", "approve", "collect"]],
  ["approves twice", ["collect", "approve", "approve", "collect"]],
  ["approves late", ["collect", "collect", "approve", "collect"]],
] as const)("the halves come together if one %s", async (_, order) => {
  const setup = await setUp();
  let grant: UserGrant | undefined;
  for (const half of order) grant = await setup[half]();
  expect(grant).toMatchObject({ outcome: "issued" });
});

test("the approver makes, deletes and stores nothing", async () => {
  const { fake, request, approve, collect } = await setUp();
  expect(await approve()).toEqual(expect.objectContaining({ outcome: "absent" }));
  expect(fake.find(refOf(request))).toBeUndefined();
  await collect();
  fake.signer = "off";
  expect(await approve()).toMatchObject({ outcome: "approved" });
  fake.signer = "fails";
  expect(await approve()).toMatchObject({ outcome: "none", failure: { code: "CSR_FAILED" } });
  expect(fake.find(refOf(request))).toBeDefined();
});

describe("a name that is taken", () => {
  test("is told to the approver while there is nothing else to approve", async () => {
    const { fake, request, approve } = await setUp();
    await fake.behind("mallory").create(request);
    const grant = await approve();
    expect(grant).toMatchObject({ outcome: "none", failure: { code: "CSR_NAME_TAKEN" } });
    expect(grant?.failure?.message).toContain('"mallory"');
    expect(isApproved(fake.find(refOf(request)))).toBe(false);
  });

  test("is gone round, and the halves meet under another one", async () => {
    const { fake, request, approve, collect } = await setUp();
    await fake.behind("mallory").create(request);
    expect(await collect()).toMatchObject(pending);
    expect(await collect()).toMatchObject(pending);
    expect(await fake.list(request)).toHaveLength(2);
    expect(await approve()).toMatchObject({ outcome: "approved" });
    expect(await collect()).toMatchObject({ outcome: "issued" });
    expect(await fake.list(request)).toHaveLength(1);
    expect(isApproved(fake.find(refOf(request)))).toBe(false);
  });

  test("stops nobody when it becomes free between the halves", async () => {
    const { fake, request, approve, collect } = await setUp();
    await fake.behind("mallory").create(request);
    await collect();
    fake.remove(refOf(request));
    expect(await approve()).toMatchObject({ outcome: "approved" });
    expect(await collect()).toMatchObject({ outcome: "issued" });
    expect(await fake.list(request)).toEqual([]);
  });
});

test("what is planted between the halves is refused by both", async () => {
  const { fake, request, approve, collect } = await setUp();
  await collect();
  fake.remove(refOf(request));
  await fake.behind("mallory").create(forged(request));
  for (const half of [approve, collect]) {
    expect(await half()).toMatchObject({ outcome: "none", failure: { code: "CSR_PLANTED" } });
  }
  expect(isApproved(fake.find(refOf(request)))).toBe(false);
});

test("what is planted while the approver approves is not approved", async () => {
  const { fake, request, approve, collect } = await setUp();
  await collect();
  fake.before = async ({ verb }) => {
    if (verb !== "replace") return;
    fake.remove(refOf(request));
    await fake.behind("mallory").create(forged(request));
  };
  expect(await approve()).toMatchObject({ failure: { code: "CSR_PLANTED" } });
  expect(isApproved(fake.find(refOf(request)))).toBe(false);
});

test("a denied request is denied to both", async () => {
  const { fake, request, approve, collect } = await setUp();
  await collect();
  const live = fake.find(refOf(request));
  if (live !== undefined) await fake.behind("dave").replace(decided(live, "Denied"), { subresource: "approval" });
  for (const half of [approve, collect]) expect(await half()).toMatchObject({ failure: { code: "CSR_DENIED" } });
});

test("whoever is no requester makes no request, but collects what is there", async () => {
  const { fake, request, collect, approve, both } = await setUp();
  const eve = fake.behind("eve");
  expect(await both(eve)).toMatchObject({ outcome: "none", failure: { code: "FORBIDDEN" } });
  expect(fake.find(refOf(request))).toBeUndefined();
  await collect();
  await approve();
  expect(await both(eve)).toMatchObject({ outcome: "issued" });
  expect(fake.find(refOf(request))).toMatchObject({ spec: { username: "carol" } });
});

test("without named requesters, the approver approves nobody else's request", async () => {
  const { fake, request, collect, approve } = await setUp([]);
  expect(await collect()).toMatchObject(pending);
  expect(await approve()).toMatchObject({ failure: { code: "CSR_NAME_TAKEN" } });
  expect(isApproved(fake.find(refOf(request)))).toBe(false);
});
