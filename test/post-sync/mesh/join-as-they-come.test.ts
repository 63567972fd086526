import { expect, test } from "vitest";
import { CloudError } from "../../../src/model/error.ts";
import type { ProgressEvent } from "../../../src/model/progress.ts";
import type { FakeCluster, FakeRequest } from "../../fakes/fake-cluster.ts";
import {
  codesOf,
  MESH,
  meshCluster,
  meshRun,
  REMOTES_OF,
  remotesIn,
  renderedMeshes,
  setAddress,
  shutDown,
  writesOf,
} from "./mesh-scene.ts";

const FOR_EVER = { timeoutMs: 600_000 };

const knownIn = (cluster: FakeCluster, cloud = "shop"): readonly string[] => Object.keys(remotesIn(cluster, cloud));

const trio = async (...clouds: readonly string[]): Promise<[FakeCluster, FakeCluster, FakeCluster]> => [
  await meshCluster("m1", ...clouds),
  await meshCluster("m2", ...clouds),
  await meshCluster("m3", ...clouds),
];

/** Calls it the first time that somebody waits for an address. */
function whenAwaited(act: () => void): (event: ProgressEvent) => void {
  let isTold = false;
  return (event) => {
    if (isTold || event.kind !== "step" || !event.text.startsWith("waits for an address")) return;
    isTold = true;
    act();
  };
}

/** Calls it before each request of a cluster. */
function beforeEachOf(cluster: FakeCluster, act: (request: FakeRequest) => void | Promise<void>): void {
  const { before } = cluster;
  cluster.before = async (request) => {
    await act(request);
    await before?.(request);
  };
}

test("clusters join at once while the gateway of another is waited for, which joins when it has an address", async () => {
  const all = await trio("shop");
  const [, , m3] = all;
  await setAddress(m3, "shop", undefined);
  const meanwhile: (readonly string[])[] = [];
  const onProgress = whenAwaited(() => {
    meanwhile.push(...all.map((each) => knownIn(each)));
    void setAddress(m3, "shop", "203.0.113.3");
  });
  const { run } = await meshRun();
  const reports = await run(all, undefined, { ...FOR_EVER, onProgress });
  expect(codesOf(reports)).toEqual({ m1: [], m2: [], m3: [] });
  expect(meanwhile).toEqual([
    ["m1", "m2"],
    ["m1", "m2"],
    ["m1", "m2"],
  ]);
  const [first, ...others] = all.map((each) => remotesIn(each));
  expect(Object.keys(first ?? {})).toEqual(["m1", "m2", "m3"]);
  for (const other of others) expect(other).toEqual(first);
  expect(reports.map(({ meshes }) => meshes[0])).toMatchObject(
    Array.from({ length: 3 }, () => ({ remotes: "created", clusters: ["m1", "m2", "m3"] })),
  );
  // one write for those that were there, one for the one that came
  const secret = `Secret/${REMOTES_OF("shop").name}`;
  const writes = all.map((each) => writesOf(each).filter((write) => write.endsWith(secret)));
  expect(writes).toEqual(Array.from({ length: 3 }, () => [`create ${secret}`, `replace ${secret}`]));
});

test("gateways that get their addresses one after another join one after another", async () => {
  const all = await trio("shop");
  const [m1, m2, m3] = all;
  await setAddress(m2, "shop", undefined);
  await setAddress(m3, "shop", undefined);
  // the second one gets none before the first has joined
  beforeEachOf(m1, async ({ verb, ref, manifest }) => {
    if (verb !== "replace" || ref.name !== REMOTES_OF("shop").name) return;
    if (Object.keys((manifest?.["data"] ?? {}) as object).includes("m2")) await setAddress(m3, "shop", "203.0.113.3");
  });
  const onProgress = whenAwaited(() => void setAddress(m2, "shop", "203.0.113.2"));
  const { run } = await meshRun();
  expect(codesOf(await run(all, undefined, { ...FOR_EVER, onProgress }))).toEqual({ m1: [], m2: [], m3: [] });
  for (const each of all) expect(knownIn(each)).toEqual(["m1", "m2", "m3"]);
});

test("a cloud does not wait for the gateway of another", async () => {
  const [m1, m2] = await trio("shop", "bank");
  await setAddress(m2, "shop", undefined);
  let isGiven = false;
  beforeEachOf(m2, async ({ ref }) => {
    if (isGiven || ref.kind !== "Service" || knownIn(m1, "bank").length < 2) return;
    isGiven = true;
    await setAddress(m2, "shop", "203.0.113.2");
  });
  const { run } = await meshRun(["shop", "bank"]);
  const meshes = { shop: MESH, bank: { ...MESH, trustDomain: "bank.mesh" } };
  const fleet = [renderedMeshes("m1", meshes), renderedMeshes("m2", meshes)];
  expect(codesOf(await run([m1, m2], fleet, FOR_EVER))).toEqual({ m1: [], m2: [] });
  expect([m1, m2].map((each) => knownIn(each))).toEqual([
    ["m1", "m2"],
    ["m1", "m2"],
  ]);
});

test("a cluster that is not through with what comes before holds up no other, and loses nothing", async () => {
  const all = await trio("shop");
  const [m1, m2, m3] = all;
  const { run } = await meshRun();
  await run([m1, m3]);
  const before = remotesIn(m3);
  const joined = Promise.withResolvers<void>();
  beforeEachOf(m3, () => joined.promise);
  let meanwhile: unknown;
  const onProgress = (event: ProgressEvent): void => {
    if (event.kind !== "step" || event.text !== "mesh of shop: waits for m3") return;
    meanwhile ??= [knownIn(m1), knownIn(m2), remotesIn(m3)];
    joined.resolve();
  };
  expect(codesOf(await run(all, undefined, { ...FOR_EVER, onProgress }))).toEqual({ m1: [], m2: [], m3: [] });
  expect(meanwhile).toEqual([["m1", "m2", "m3"], ["m1", "m2"], before]);
  for (const each of all) expect(remotesIn(each)).toEqual(remotesIn(m1));
  expect(knownIn(m1)).toEqual(["m1", "m2", "m3"]);
});

test("what failed while others were waited for, and is mended, is not told", async () => {
  const all = await trio("shop");
  const [, m2, m3] = all;
  await setAddress(m3, "shop", undefined);
  let failures = 0;
  beforeEachOf(m2, ({ verb, ref }) => {
    if (verb !== "get" || ref.kind !== "Service" || failures > 0) return;
    failures++;
    throw new CloudError("API_ERROR", "m2: not now");
  });
  const onProgress = whenAwaited(() => void setAddress(m3, "shop", "203.0.113.3"));
  const { run } = await meshRun();
  expect(codesOf(await run(all, undefined, { ...FOR_EVER, onProgress }))).toEqual({ m1: [], m2: [], m3: [] });
  expect(failures).toBe(1);
  for (const each of all) expect(knownIn(each)).toEqual(["m1", "m2", "m3"]);
});

test("a cluster that goes down while another is waited for keeps what it has, and is told", async () => {
  const all = await trio("shop");
  const [m1, m2, m3] = all;
  await setAddress(m3, "shop", undefined);
  const onProgress = whenAwaited(() => {
    shutDown(m2);
    void setAddress(m3, "shop", "203.0.113.3");
  });
  const { run } = await meshRun();
  const reports = await run(all, undefined, { ...FOR_EVER, onProgress });
  expect(codesOf(reports)).toEqual({ m1: [], m2: ["UNREACHABLE"], m3: [] });
  expect(reports[1]?.meshes).toMatchObject([{ remotes: "created", clusters: ["m1", "m2"] }]);
  for (const each of [m1, m3]) expect(knownIn(each)).toEqual(["m1", "m2", "m3"]);
});
