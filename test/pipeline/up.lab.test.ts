import { readFileSync } from "node:fs";
import { readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { load } from "js-yaml";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { CloudError } from "../../src/model/error.ts";
import type { ProgressEvent } from "../../src/model/progress.ts";
import { enroll, postSync, roles, status, sync, synth, up } from "../../src/pipeline.ts";
import { TestFleet } from "./fleet.ts";
import { cloud, TestRepository } from "./repository.ts";

let rendered: TestRepository;
let repository: TestRepository;
let fleet: TestFleet;

beforeAll(async () => {
  rendered = await TestRepository.create(cloud("shop", "ada") + cloud("bank", "eve"));
  const { options } = new TestFleet(rendered);
  await enroll(options());
  await synth(options());
});
afterAll(() => rendered.remove());

beforeEach(async () => {
  repository = await rendered.copy();
  fleet = new TestFleet(repository);
});
afterEach(() => repository.remove());

const namespaceOf = (name: string) => ({ apiVersion: "v1", kind: "Namespace", name });

async function contextsOf(path: string): Promise<readonly string[]> {
  const text = await readFile(join(repository.folder, ".lcloud", "kubeconfigs", path), "utf8");
  return (load(text) as { contexts: { name: string }[] }).contexts.map(({ name }) => name);
}

test("up brings every cloud to its clusters, and each user a kubeconfig for all of them", async () => {
  const { sync, postSync } = await up(fleet.options());
  expect(
    sync.clusters.flatMap(({ failures, units }) => [...failures, ...units.flatMap((unit) => unit.failures)]),
  ).toEqual([]);
  for (const cluster of fleet.all) expect(cluster.find(namespaceOf("shop"))).toBeDefined();
  expect(postSync.kubeconfigs.map(({ cloud, user, action }) => [cloud, user, action])).toEqual([
    ["bank", "eve", "created"],
    ["shop", "ada", "created"],
  ]);
  expect(await contextsOf("shop/ada.yaml")).toEqual(["ada@shop.east", "ada@shop.south", "ada@shop.west"]);
});

test("a second up writes nothing, to clusters or files", async () => {
  await up(fleet.options());
  const places = ["dist/east/clouds/shop/cloud.k8s.yaml", ".lcloud/kubeconfigs/shop/ada.yaml"];
  const stamps = async () =>
    Promise.all(places.map(async (place) => (await stat(join(repository.folder, place), { bigint: true })).mtimeNs));
  const before = await stamps();
  expect(fleet.takeWrites().length).toBeGreaterThan(0);
  const again = await up(fleet.options());
  expect(fleet.takeWrites()).toEqual([]);
  expect(await stamps()).toEqual(before);
  expect(again.synth).toMatchObject({ written: [], removed: [] });
});

test("a cluster that cannot be reached leaves the others complete, and the next up finishes it", async () => {
  fleet.lost.add("west");
  const first = await up(fleet.options());
  expect(first.sync.clusters.map(({ failures }) => failures.map(({ code }) => code))).toEqual([[], [], ["NO_CONTEXT"]]);
  expect(first.postSync.clusters.map(({ cluster }) => cluster)).toEqual(["east", "south"]);
  expect(await contextsOf("shop/ada.yaml")).toEqual(["ada@shop.east", "ada@shop.south"]);

  fleet.lost.clear();
  await up(fleet.options());
  expect(await contextsOf("shop/ada.yaml")).toEqual(["ada@shop.east", "ada@shop.south", "ada@shop.west"]);
});

test("a cluster that is lost later stays in the kubeconfigs", async () => {
  await up(fleet.options());
  fleet.lost.add("west");
  await up(fleet.options());
  expect(await contextsOf("shop/ada.yaml")).toContain("ada@shop.west");
});

test("a cloud that was refused on one cluster gives no access there, and stops no other cloud", async () => {
  await fleet.east.behind("somebody").apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
  const { sync, postSync } = await up(fleet.options());
  const shop = sync.clusters[0]?.units.find(({ unit }) => unit === "lc-cloud-shop");
  expect(shop?.failures.map(({ code }) => code)).toContain("NOT_OURS");
  expect(postSync.clusters[0]?.users.map(({ cloud }) => cloud)).toEqual(["bank"]);
  expect(await contextsOf("shop/ada.yaml")).toEqual(["ada@shop.south", "ada@shop.west"]);
  expect(await contextsOf("bank/eve.yaml")).toContain("eve@bank.east");
});

test("where what all clouds share was refused, nobody gets access", async () => {
  await fleet.south
    .behind("somebody")
    .apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "lcloud-users" } });
  const { sync, postSync } = await up(fleet.options());
  expect(sync.clusters[1]?.units[0]?.failures.map(({ code }) => code)).toEqual(["NOT_OURS"]);
  expect(postSync.clusters.map(({ cluster }) => cluster)).toEqual(["east", "west"]);
});

test("nothing is asked of clusters that were not named, and they stay in the kubeconfigs", async () => {
  await up(fleet.options());
  fleet.takeWrites();
  await repository.define(cloud("shop", "ada").replace('"view"', '"edit"'));
  const options = { ...fleet.options(), clusters: ["east"], remove: ["bank"] };
  const { sync, postSync } = await up(options);
  expect(sync.clusters.map(({ cluster }) => cluster)).toEqual(["east"]);
  expect(postSync.clusters.map(({ cluster }) => cluster)).toEqual(["east"]);
  expect([fleet.south.requests, fleet.west.requests]).toEqual([[], []]);
  expect(await contextsOf("shop/ada.yaml")).toEqual(["ada@shop.east", "ada@shop.south", "ada@shop.west"]);
});

test("a cloud leaves its clusters only if it is named", async () => {
  await up(fleet.options());
  await repository.define(cloud("shop", "ada"));
  const codes = ({ clusters }: Awaited<ReturnType<typeof sync>>) =>
    clusters.flatMap(({ units }) => units.flatMap(({ failures }) => failures.map(({ code }) => code)));
  await synth(fleet.options());
  expect(codes(await sync(fleet.options()))).toEqual(["CLOUD_VANISHED", "CLOUD_VANISHED", "CLOUD_VANISHED"]);
  expect(codes(await sync({ ...fleet.options(), remove: ["bank"] }))).toEqual([]);
});

test("what dist/ has on every cluster cannot be named to leave, and nothing is delivered then", async () => {
  const options = { ...fleet.options(), remove: ["shop", "bank/bank", "mall"] };
  for (const verb of [sync, up]) {
    await expect(verb(options)).rejects.toMatchObject({
      code: "INVALID",
      faults: [{ path: "shop" }, { path: "bank/bank" }],
    });
  }
  expect(fleet.takeWrites()).toEqual([]);
});

test("names of what may leave are told that no cluster had anything of", async () => {
  await up(fleet.options());
  await repository.define(cloud("shop", "ada").replace("{\n", '{\n  clusters: ["east"],'));
  const options = { ...fleet.options(), removeMany: true, remove: ["shop", "bank", "bank/bank", "mall", "shop/mall"] };
  const first = await up(options);
  expect(first.sync.unusedRemovals).toEqual(["mall", "shop/mall"]);
  expect((await sync(options)).unusedRemovals).toEqual(["shop", "bank", "bank/bank", "mall", "shop/mall"]);
  fleet.lost.add("west");
  expect((await sync(options)).unusedRemovals).toEqual([]);
});

test("a name that is no cluster of dist/ is refused before any cluster is asked", async () => {
  const options = { ...fleet.options(), clusters: ["east", "nowhere"] };
  for (const verb of [sync, postSync, status]) {
    await expect(verb(options)).rejects.toMatchObject({ code: "INVALID", faults: [{ path: "nowhere" }] });
  }
  expect(fleet.takeWrites()).toEqual([]);
});

test("the halves of post-sync can be done by two", async () => {
  await sync(fleet.options());
  const outcomes = async (half: "approve" | "collect") => {
    const { clusters, kubeconfigs } = await postSync({ ...fleet.options(), clusters: ["east"], half });
    return { users: clusters[0]?.users.map(({ outcome }) => outcome), kubeconfigs: kubeconfigs.length };
  };
  expect(await outcomes("collect")).toEqual({ users: ["none", "none"], kubeconfigs: 0 });
  expect(await outcomes("approve")).toEqual({ users: ["approved", "approved"], kubeconfigs: 0 });
  expect(await outcomes("collect")).toEqual({ users: ["issued", "issued"], kubeconfigs: 2 });
});

test("each cluster begins and ends once, whatever becomes of it", async () => {
  fleet.lost.add("south");
  await up(fleet.options());
  const ends = fleet.events.flatMap((event) => (event.kind === "end" ? [[event.cluster, event.failed]] : []));
  expect(fleet.events.flatMap((event) => (event.kind === "begin" ? [[event.stage, event.clusters]] : []))).toEqual([
    ["up", ["east", "south", "west"]],
  ]);
  expect(ends.toSorted()).toEqual([
    ["east", false],
    ["south", true],
    ["west", false],
  ]);
});

test("a cluster that does not answer delays no other, to the kubeconfigs of its users", async () => {
  const { connect, ...options } = fleet.options();
  const answer = Promise.withResolvers<void>();
  const slow = async (target: Parameters<typeof connect>[0]) => {
    if (target.cluster === "west") await answer.promise;
    return connect(target);
  };
  const running = up({ ...options, connect: slow });
  try {
    const through = () => fleet.events.flatMap((event) => (event.kind === "end" ? [[event.cluster, event.text]] : []));
    await expect.poll(through).toContainEqual(["east", expect.stringMatching(/ created; 2 issued$/)]);
    await expect.poll(through).toContainEqual(["south", expect.stringMatching(/ created; 2 issued$/)]);
    expect(fleet.west.requests).toEqual([]);
    expect(await contextsOf("shop/ada.yaml")).toEqual(["ada@shop.east", "ada@shop.south"]);
  } finally {
    answer.resolve();
    await running;
  }
  expect(await contextsOf("shop/ada.yaml")).toEqual(["ada@shop.east", "ada@shop.south", "ada@shop.west"]);
});

test.each([
  ["up", up],
  ["post-sync", postSync],
])("%s says of a cluster that it is through when its users can use it", async (_, verb) => {
  await sync(fleet.options());
  const path = join(repository.folder, ".lcloud", "kubeconfigs", "shop", "ada.yaml");
  const told: (readonly [cluster: string, isThere: boolean])[] = [];
  const onProgress = (event: ProgressEvent): void => {
    if (event.kind !== "end") return;
    told.push([event.cluster, readFileSync(path, "utf8").includes(`name: ada@shop.${event.cluster}\n`)]);
  };
  await verb({ ...fleet.options(), onProgress });
  expect(told.toSorted()).toEqual(fleet.all.map(({ cluster }) => [cluster, true]));
});

test("every connection is closed, whatever came of it", async () => {
  const closed = fleet.all.map((cluster) => vi.spyOn(cluster, "close"));
  fleet.west.before = () => {
    throw new CloudError("UNREACHABLE", "west: no answer; is it up?");
  };
  await sync(fleet.options());
  expect(closed.map((close) => close.mock.calls.length)).toEqual([1, 1, 1]);
});

test("a fault of ours on one cluster is thrown when the others are done", async () => {
  const { connect, ...options } = fleet.options();
  const broken = async (target: Parameters<typeof connect>[0]) => {
    if (target.cluster === "east") throw new TypeError("a bug");
    return connect(target);
  };
  await expect(sync({ ...options, connect: broken })).rejects.toThrow(TypeError);
  expect(fleet.events).toContainEqual(expect.objectContaining({ kind: "end", cluster: "east", failed: true }));
  expect(fleet.west.find(namespaceOf("bank"))).toBeDefined();
});

test("status tells what up has done, and what was changed since", async () => {
  await up(fleet.options());
  const before = await status(fleet.options());
  expect(before.clusters.map(({ clouds }) => clouds.map(({ state, drifted }) => [state, drifted.length]))).toEqual(
    fleet.all.map(() => [
      ["delivered", 0],
      ["delivered", 0],
    ]),
  );
  expect(before.clusters[0]?.clouds[1]?.users).toMatchObject([{ user: "ada", credential: "valid" }]);

  fleet.takeWrites();
  fleet.west.remove(namespaceOf("bank"));
  fleet.lost.add("south");
  const after = await status(fleet.options());
  expect(after.clusters.map(({ clouds }) => clouds.map(({ state }) => state))).toEqual([
    ["delivered", "delivered"],
    ["unknown", "unknown"],
    ["absent", "delivered"],
  ]);
  expect(after.clusters[1]).toMatchObject({ failures: [{ code: "NO_CONTEXT" }] });
  expect(after.clusters[1]?.clouds[1]?.users).toMatchObject([{ user: "ada", credential: "valid" }]);
  expect(fleet.takeWrites()).toEqual([]);
});

test("a kubeconfig path in dist/ is relative to the repository", async () => {
  const file = join(repository.folder, "dist", "east", "cluster.json");
  const { access: _, ...rest } = JSON.parse(await readFile(file, "utf8"));
  await repository.write(
    "dist/east/cluster.json",
    JSON.stringify({ ...rest, access: { context: "east", kubeconfig: "kube/config" } }),
  );
  const paths: (string | undefined)[] = [];
  const connect = async ({ cluster, kubeconfig }: { cluster: string; kubeconfig?: string }) => {
    paths.push(kubeconfig);
    throw new CloudError("NO_CONTEXT", `${cluster}: none`);
  };
  await sync({ ...fleet.options(), connect });
  expect(paths).toEqual([join(repository.folder, "kube", "config"), undefined, undefined]);
});

test("roles are told for each cluster and job, from dist/ alone", async () => {
  await rm(join(repository.folder, "cdk8s.yaml"));
  const all = ["deliver", "request", "approve", "collect", "read"] as const;
  const { clusters } = await roles({ ...fleet.options(), clusters: ["east", "south"], roles: all });
  const kinds = clusters.map(({ roles }) => roles.map(({ role, manifests }) => [role, manifests.length > 0]));
  expect(kinds).toEqual([
    all.map((role) => [role, true]),
    all.map((role) => [role, !["request", "approve"].includes(role)]),
  ]);
  expect(clusters[0]?.roles[1]?.yaml).toContain("name: lcloud-request");
});
