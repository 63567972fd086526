import { expect, test } from "vitest";
import { applyCluster } from "../../src/delivery/apply/apply-cluster.ts";
import { type ChangeSet, type Failure, hasFailed, waitingUnits } from "../../src/model/change.ts";
import { CloudError } from "../../src/model/error.ts";
import { refOf } from "../../src/model/ref.ts";
import { deliverWaiting } from "../../src/pipeline/deliver-waiting.ts";
import { guarded, writtenRefs } from "../delivery/delivered.ts";
import { clouds, gateway, meshed, meshUnits, report } from "../delivery/meshed.ts";
import { type FakeCluster, fakeCluster } from "../fakes/fake-cluster.ts";

const dist = meshed();
const given = { ...guarded, ungiven: new Map<string, Failure>(), onDelivered: () => {} };
const silent = { ...given, tell: () => {} };

async function begun(): Promise<{ readonly cluster: FakeCluster; readonly before: ChangeSet }> {
  const cluster = fakeCluster("east");
  const before = await applyCluster(cluster, dist, guarded);
  expect(waitingUnits(before)).toHaveLength(1);
  cluster.requests.length = 0;
  return { cluster, before };
}

test("a gateway is delivered as soon as its control plane runs, and nothing else is written", async () => {
  const { cluster, before } = await begun();
  const told: string[] = [];
  const tell = (text: string): void => {
    // the control plane comes up once somebody has looked for it in vain
    if (told.push(text) === 1) void report(cluster, "True");
  };
  const after = await deliverWaiting(cluster, dist, before, { ...given, timeoutMs: 30_000, tell });
  expect(told[0]).toBe("0 of 1 control planes run");
  expect(told.at(-1)).toBe("1 of 1 control planes run");
  expect(waitingUnits(after)).toEqual([]);
  expect(after.units.map(({ unit }) => unit)).toEqual(before.units.map(({ unit }) => unit));
  expect(after.units.slice(0, -1)).toEqual(before.units.slice(0, -1));
  const written = [...new Set(writtenRefs(cluster))].filter((ref) => !ref.startsWith("Deployment/")).sort();
  expect(written).toEqual([
    "ConfigMap/lcloud-system/lc-gateway-shop",
    "ConfigMap/shop/policy",
    "Service/istio-shop/istio-eastwestgateway",
  ]);
});

/** The same for cloud bank. */
const ofBank = <T>(value: T): T => JSON.parse(JSON.stringify(value).replaceAll("shop", "bank"));

test("a gateway is delivered as soon as its own control plane runs, and told, while another is waited for", async () => {
  const both = meshed(clouds, [...meshUnits, ...ofBank(meshUnits)]);
  const cluster = fakeCluster("east");
  const before = await applyCluster(cluster, both, guarded);
  expect(waitingUnits(before).map(({ unit }) => unit)).toEqual(["lc-gateway-shop", "lc-gateway-bank"]);
  await report(cluster, "True");
  const delivered: string[] = [];
  const onDelivered = (cloud: string): void => {
    expect(cluster.find(refOf(gateway))).toBeDefined();
    delivered.push(cloud);
    // the other one comes up only then
    void report(cluster, "True", "bank");
  };
  const after = await deliverWaiting(cluster, both, before, { ...silent, timeoutMs: 600_000, onDelivered });
  expect(delivered).toEqual(["shop"]);
  expect(waitingUnits(after)).toEqual([]);
  expect(cluster.find(refOf(ofBank(gateway)))).toBeDefined();
  expect(after.units.map(({ unit }) => unit)).toEqual(before.units.map(({ unit }) => unit));
  const created = after.units.map(({ changes }) => changes.filter(({ action }) => action === "created").length);
  expect(created.slice(-2)).toEqual([2, 2]);
});

test.each(["UNREACHABLE", "API_ERROR"] as const)(
  "an API server that is gone for a while is awaited: %s",
  async (code) => {
    const { cluster, before } = await begun();
    await report(cluster, "True");
    let isGone = true;
    cluster.before = ({ verb, ref }) => {
      if (!isGone || verb !== "get" || ref.kind !== "Deployment") return;
      isGone = false;
      throw new CloudError(code, "east: is gone");
    };
    const after = await deliverWaiting(cluster, dist, before, { ...silent, timeoutMs: 600_000 });
    expect(isGone).toBe(false);
    expect(hasFailed(after)).toBe(false);
    expect(waitingUnits(after)).toEqual([]);
    cluster.before = () => {
      throw new CloudError(code, "east: is gone");
    };
    const last = await deliverWaiting(cluster, dist, before, { ...silent, timeoutMs: 0 });
    expect(last.failures.map((failure) => failure.code)).toEqual([code]);
  },
);

test("a control plane that does not come up in time leaves its gateway waiting, which is no failure", async () => {
  const { cluster, before } = await begun();
  const after = await deliverWaiting(cluster, dist, before, { ...silent, timeoutMs: 0 });
  expect(waitingUnits(after)).toHaveLength(1);
  expect(hasFailed(after)).toBe(false);
  expect(cluster.find(refOf(gateway))).toBeUndefined();
});

test("nobody waits for a mesh that has failed, nor where nothing waits", async () => {
  const { cluster, before } = await begun();
  const failures = [{ code: "REJECTED", message: "no" }] as const;
  const failed = {
    ...before,
    units: before.units.map((each) => (each.unit === "lc-mesh-shop" ? { ...each, failures } : each)),
  };
  const forEver = { ...silent, timeoutMs: 600_000 };
  expect(await deliverWaiting(cluster, dist, failed, forEver)).toBe(failed);
  const none = { ...before, units: before.units.slice(0, 2) };
  expect(await deliverWaiting(cluster, dist, none, forEver)).toBe(none);
  expect(cluster.requests).toEqual([]);
});

test("a control plane that was given no authority is not waited for, and its gateway says so", async () => {
  const { cluster, before } = await begun();
  const ungiven = new Map([["shop", { code: "TRUST_REFUSED", message: "another root" } as const]]);
  const told: string[] = [];
  const options = { ...given, ungiven, timeoutMs: 600_000, tell: (text: string) => void told.push(text) };
  const after = await deliverWaiting(cluster, dist, before, options);
  expect(waitingUnits(after)).toMatchObject([{ waits: expect.stringContaining("no authority (TRUST_REFUSED)") }]);
  expect(hasFailed(after)).toBe(false);
  expect(told).toEqual([]);
});

test("a control plane that runs all the same gets its gateway, whoever has given it its authority", async () => {
  const { cluster, before } = await begun();
  const ungiven = new Map([["shop", { code: "TRUST_REFUSED", message: "another root" } as const]]);
  await report(cluster, "True");
  const after = await deliverWaiting(cluster, dist, before, { ...silent, ungiven, timeoutMs: 0 });
  expect(waitingUnits(after)).toEqual([]);
  expect(cluster.find(refOf(gateway))).toBeDefined();
});
