import { expect, test } from "vitest";
import type { ProgressEvent } from "../../../src/model/progress.ts";
import type { FakeCluster } from "../../fakes/fake-cluster.ts";
import {
  agedCluster,
  codesOf,
  MESH,
  meshCluster,
  meshRun,
  remotesIn,
  renderedMeshes,
  secretOf,
  setAddress,
  shutDown,
} from "./mesh-scene.ts";

const FOR_EVER = { timeoutMs: 600_000 };

const GATEWAY = { ...secretOf("shop", "istio-eastwestgateway"), kind: "Service" };

/** Two clusters; the gateway of the second has no address. */
async function pending(ageMs = 0): Promise<[FakeCluster, FakeCluster]> {
  const [m1, m2] = [await meshCluster("m1", "shop"), await agedCluster("m2", ageMs, "shop")];
  await setAddress(m2, "shop", undefined);
  return [m1, m2];
}

const stepsOf = (events: readonly ProgressEvent[]): readonly string[] =>
  events.flatMap((event) => (event.kind === "step" ? [`${event.cluster}: ${event.text}`] : []));

test("a gateway that is new is waited for until its load balancer has an address, which is told", async () => {
  const [m1, m2] = await pending();
  const { run } = await meshRun();
  const events: ProgressEvent[] = [];
  const onProgress = (event: ProgressEvent): void => {
    events.push(event);
    // the cloud provider is through once somebody has looked in vain
    if (event.kind === "step" && event.text.startsWith("waits for an address")) {
      void setAddress(m2, "shop", "203.0.113.2");
    }
  };
  expect(codesOf(await run([m1, m2], undefined, { ...FOR_EVER, onProgress }))).toEqual({ m1: [], m2: [] });
  expect(stepsOf(events)).toContain("m2: waits for an address of Service/istio-shop/istio-eastwestgateway");
  expect(stepsOf(events).filter((step) => step.startsWith("m1: waits"))).toEqual([]);
  expect(Object.keys(remotesIn(m1))).toEqual(["m1", "m2"]);
});

test.each([{ timeoutMs: 300 }, { timeoutMs: 600_000, waitMs: 300 }])(
  "a gateway that gets no address in time is told, and the others join: %j",
  async (times) => {
    const [m1, m2] = await pending();
    const { run } = await meshRun();
    const reports = await run([m1, m2], undefined, times);
    expect(codesOf(reports)).toEqual({ m1: [], m2: ["MESH_NOT_JOINED"] });
    expect(reports[1]?.failures[0]?.message).toMatch(/has no address.*; once it has one, run lcloud post-sync again$/);
    expect(m2.requests.filter(({ ref }) => ref.kind === "Service").length).toBeGreaterThan(2);
    expect(Object.keys(remotesIn(m1))).toEqual(["m1"]);
  },
);

test.each([16 * 60_000, -16 * 60_000])(
  "a gateway that is not new by our clock is not waited for: %d",
  async (ageMs) => {
    const [m1, m2] = await pending(ageMs);
    const { run } = await meshRun();
    expect(codesOf(await run([m1, m2], undefined, FOR_EVER))).toEqual({ m1: [], m2: ["MESH_NOT_JOINED"] });
  },
);

test("nobody waits for a gateway that is not there, that is going, or that no load balancer can help", async () => {
  const { run } = await meshRun();
  const [m1, m2] = await pending();
  const live = m2.find(GATEWAY);
  if (live === undefined) throw new Error("there is no gateway");
  await m2.behind("somebody").replace({ ...live, spec: { type: "NodePort" } });
  expect(codesOf(await run([m1, m2], undefined, FOR_EVER))).toEqual({ m1: [], m2: ["MESH_NOT_JOINED"] });
  m2.remove(GATEWAY);
  expect(codesOf(await run([m1, m2], undefined, FOR_EVER))).toEqual({ m1: [], m2: ["MESH_NOT_JOINED"] });
});

test("nobody waits for the gateway of a cluster that has joined, nor where a cloud has one cluster", async () => {
  const { run } = await meshRun();
  const [m1, m2] = [await meshCluster("m1", "shop"), await meshCluster("m2", "shop")];
  await run([m1, m2]);
  await setAddress(m2, "shop", undefined);
  expect(codesOf(await run([m1, m2], undefined, FOR_EVER))).toEqual({ m1: [], m2: [] });
  const [, alone] = await pending();
  expect(codesOf(await run([alone], [renderedMeshes("m2", { shop: MESH })], FOR_EVER))).toEqual({ m2: [] });
});

test("a cluster that is down, or goes down meanwhile, is not waited for longer than the others", async () => {
  const { run } = await meshRun();
  const [m1, m2] = [await meshCluster("m1", "shop"), await meshCluster("m2", "shop")];
  shutDown(m2);
  expect(codesOf(await run([m1, m2], undefined, FOR_EVER))["m2"]).toEqual(["UNREACHABLE", "MESH_NOT_JOINED"]);
  const [m3, m4] = await pending();
  const onProgress = (event: ProgressEvent): void => {
    if (event.kind === "step" && event.text.startsWith("waits for an address")) shutDown(m4);
  };
  const reports = await run([m3, m4], undefined, { timeoutMs: 1000, onProgress });
  expect(codesOf(reports)["m2"]).toEqual(["UNREACHABLE", "MESH_NOT_JOINED"]);
});
