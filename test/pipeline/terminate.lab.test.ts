import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { CloudError } from "../../src/model/error.ts";
import type { TerminateReport } from "../../src/pipeline/terminate-cloud.ts";
import { enroll, status, sync, synth, terminate } from "../../src/pipeline.ts";
import type { FakeCluster } from "../fakes/fake-cluster.ts";
import { TestFleet } from "./fleet.ts";
import { cloud, TestRepository } from "./repository.ts";

const BOTH = cloud("shop", "ada") + cloud("bank", "eve");

let rendered: TestRepository;
beforeAll(async () => {
  rendered = await TestRepository.create(BOTH);
  const { options } = new TestFleet(rendered);
  await enroll(options());
  await synth(options());
});
afterAll(() => rendered.remove());

let repository: TestRepository;
let fleet: TestFleet;

/** A repository with its real app, and clusters to which it was delivered. */
beforeEach(async () => {
  repository = await rendered.copy();
  onTestFinished(() => repository.remove());
  await repository.define(BOTH);
  fleet = new TestFleet(repository);
  await deliver();
});

const FILE = "clouds/terminating/shop.json";
const exists = (path: string): boolean => existsSync(join(repository.folder, path));

async function deliver(clusters: readonly string[] = []): Promise<void> {
  const report = await sync({ ...fleet.options(), clusters });
  expect(report.clusters.flatMap(({ failures, units }) => [...failures, ...units.flatMap((u) => u.failures)])).toEqual(
    [],
  );
}

const lead = (...deleteNamespaces: readonly string[]): Promise<TerminateReport> =>
  terminate({ ...fleet.options(), cloud: "shop", deleteNamespaces });

const pendingOf = ({ clusters }: TerminateReport) =>
  Object.fromEntries(clusters.map(({ cluster, pending }) => [cluster, pending]));

const namespaceOf = (cluster: FakeCluster) => cluster.find({ apiVersion: "v1", kind: "Namespace", name: "shop" });

const statusOf = async (cluster: string) => {
  const { clusters } = await status({ ...fleet.options(), clusters: [cluster] });
  return clusters[0]?.terminations;
};

/** Something that a tenant has in the cloud's namespace. */
async function occupy(cluster: FakeCluster): Promise<void> {
  const metadata = { name: "orders", namespace: "shop" };
  await cluster.behind("ada").create({ apiVersion: "apps/v1", kind: "Deployment", metadata });
}

test("a cloud leaves in two steps, each of them delivered as any change is", async () => {
  fleet.takeWrites();
  expect(await lead()).toMatchObject({ state: "leaving", step: "leaving", file: FILE, clusters: [] });
  expect(await lead()).toMatchObject({ state: "pending", step: "leaving" });
  expect(fleet.takeWrites()).toEqual([]);
  expect(await statusOf("east")).toEqual([{ step: "leaving", cloud: "shop", isWithdrawn: false }]);
  await deliver();
  fleet.takeWrites();
  expect(await statusOf("east")).toEqual([{ step: "leaving", cloud: "shop", isWithdrawn: true }]);
  expect(await lead()).toMatchObject({ state: "gone", step: "gone" });
  expect(exists("dist/east/clouds/shop")).toBe(false);
  const waiting = await lead();
  expect(waiting).toMatchObject({ state: "pending", step: "gone" });
  expect(pendingOf(waiting)["east"]).toEqual(["namespace shop is there"]);
  expect(await statusOf("east")).toEqual([{ step: "gone", cloud: "shop", namespaces: ["shop"] }]);
  expect(fleet.takeWrites()).toEqual([]);
  await deliver();
  for (const cluster of fleet.all) expect(namespaceOf(cluster)).toBeUndefined();
  expect(await statusOf("east")).toEqual([{ step: "gone", cloud: "shop", namespaces: [] }]);
  expect(await lead()).toMatchObject({ state: "unmade", step: "gone" });
  await repository.define(cloud("bank", "eve"));
  const done = await lead();
  expect(done).toMatchObject({ state: "done", file: FILE });
  expect(done).not.toHaveProperty("step");
  expect(exists("clouds/terminating")).toBe(false);
  expect(readFileSync(join(repository.folder, "dist/east/cluster.json"), "utf8")).not.toContain("shop");
  await deliver();
});

test("one cluster that was not delivered to, or cannot be reached, holds the second step back", async () => {
  await lead();
  await deliver(["east", "west"]);
  const report = await lead();
  expect(report.state).toBe("pending");
  expect(pendingOf(report)).toEqual({
    east: [],
    south: [
      "namespace shop was not delivered as leaving",
      expect.stringMatching(/^RoleBinding\/shop\/lc:shop:look:view.* still gives access$/),
    ],
    west: [],
  });
  await deliver();
  fleet.lost.add("west");
  const unreached = await lead();
  expect(unreached).toMatchObject({ state: "pending", step: "leaving" });
  expect(unreached.clusters.flatMap(({ failures }) => failures)).toMatchObject([{ code: "NO_CONTEXT" }]);
  expect(exists("dist/east/clouds/shop")).toBe(true);
  expect(await statusOf("west")).toEqual([{ step: "leaving", cloud: "shop" }]);
});

test("a cluster whose bindings may not be listed holds the second step back, since nobody knows who has access", async () => {
  await lead();
  await deliver();
  fleet.west.before = ({ verb, ref }) => {
    if (verb === "list" && ref.kind === "ClusterRoleBinding") throw new CloudError("FORBIDDEN", "west: no");
  };
  const report = await lead();
  expect(report).toMatchObject({ state: "pending", step: "leaving" });
  expect(report.clusters.flatMap(({ failures }) => failures)).toMatchObject([{ code: "FORBIDDEN" }]);
});

test("what others have in a namespace is told, and goes only by the name of that", async () => {
  await lead();
  await deliver();
  await occupy(fleet.west);
  const report = await lead();
  expect(report).toMatchObject({ state: "occupied", step: "leaving" });
  expect(report.clusters.flatMap(({ occupied }) => occupied)).toEqual([
    { namespace: "shop", kinds: [{ apiVersion: "apps/v1", kind: "Deployment", count: 1, names: ["orders"] }] },
  ]);
  expect(await lead("shop")).toMatchObject({ state: "gone" });
  await deliver();
  expect(namespaceOf(fleet.west)).toBeUndefined();
});

test("names that there are not are refused, and nothing is written", async () => {
  const { options } = fleet;
  const refused = terminate({ ...options(), cloud: "shpo", deleteNamespaces: [] });
  await expect(refused).rejects.toMatchObject({ code: "INVALID", faults: [{ path: "shpo" }] });
  await expect(lead("bank")).rejects.toMatchObject({ code: "INVALID", faults: [{ path: "bank" }] });
  expect(exists("clouds/terminating")).toBe(false);
});

test("a step that was written down and not rendered is rendered by the next call", async () => {
  await lead();
  await deliver();
  await lead();
  const path = join(repository.folder, FILE);
  const text = readFileSync(path, "utf8");
  writeFileSync(path, text.replace('"gone"', '"leaving"'));
  expect(await lead()).toMatchObject({ state: "gone" });
  writeFileSync(path, text);
  expect(exists("dist/east/clouds/shop")).toBe(false);
});

test("a cloud that the app cannot render as leaving does not leave", async () => {
  await repository.define(
    `${BOTH} if (process.env.LCLOUD_REPORT && !process.env.LCLOUD_WANTED) throw new Error("no");`,
  );
  await expect(lead()).rejects.toMatchObject({ code: "INVALID" });
  expect(exists("clouds/terminating")).toBe(false);
});
