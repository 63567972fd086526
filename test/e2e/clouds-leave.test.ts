import { expect, test } from "vitest";
import { CLOUD_LABEL } from "../../src/model/labels.ts";
import { refKey, refOf } from "../../src/model/ref.ts";
import { outputOf } from "./run.ts";
import { type SmallFleet, startSmallFleet } from "./small-fleet.ts";

const cloud = (name: string, users = '{ ana: ["edit"] }', namespace = name): string =>
  `new LogicalCloud(app, "${name}", {
    namespaces: ["${namespace}"],
    permissions: { edit: { clusterRole: "edit" }, look: { clusterRole: "view" } },
    users: ${users},
    serviceAccounts: { watcher: ["look"], robot: ["edit"] },
    quota: { pods: 9 },
  });`;

const KINDS = [
  { apiVersion: "v1", kind: "Namespace" },
  { apiVersion: "v1", kind: "ResourceQuota" },
  { apiVersion: "v1", kind: "ServiceAccount" },
  { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" },
  { apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding" },
];

/** What a cloud has in the cluster: resourceVersions by ref. */
async function objectsOf({ admin }: SmallFleet, name: string): Promise<Readonly<Record<string, string>>> {
  const lists = await Promise.all(KINDS.map((kind) => admin.list(kind, { labelSelector: `${CLOUD_LABEL}=${name}` })));
  const entries = lists.flatMap((objects, index) =>
    objects.map((object) => {
      const { resourceVersion } = object.metadata;
      return [refKey(refOf({ ...object, ...KINDS[index] })), resourceVersion] as const;
    }),
  );
  return Object.fromEntries(entries);
}

const PODS = { apiVersion: "v1", kind: "Pod" };

test("two clouds with a user of the same name share nothing", async () => {
  await using fleet = await startSmallFleet();
  await fleet.write(cloud("red") + cloud("blue"));
  outputOf(await fleet.lcloud("enroll"));
  outputOf(await fleet.lcloud("up"));
  const names = new Set<string>();
  for (const [own, other] of [["red", "blue"] as const, ["blue", "red"] as const]) {
    const api = await fleet.as(own, "ana");
    const review = await api.create({
      apiVersion: "authentication.k8s.io/v1",
      kind: "SelfSubjectReview",
      metadata: { name: "" },
    });
    const { userInfo } = review["status"] as { readonly userInfo: { username: string; groups: readonly string[] } };
    for (const name of [userInfo.username, ...userInfo.groups.filter((group) => group.startsWith("lc:"))])
      names.add(name);
    expect(await api.list(PODS, { namespace: own })).toEqual([]);
    await expect(api.list(PODS, { namespace: other })).rejects.toMatchObject({ code: "FORBIDDEN" });
    api.close();
  }
  expect(names.size).toBe(4);
});

test("a user who leaves a cloud is forbidden everything at the next request", async () => {
  await using fleet = await startSmallFleet();
  await fleet.write(cloud("red", '{ ana: ["edit"], ben: ["edit"] }'));
  outputOf(await fleet.lcloud("enroll"));
  outputOf(await fleet.lcloud("up"));
  const [ana, ben] = [await fleet.as("red", "ana"), await fleet.as("red", "ben")];
  expect(await ana.list(PODS, { namespace: "red" })).toEqual([]);
  await fleet.write(cloud("red", '{ ben: ["edit"] }'));
  outputOf(await fleet.lcloud("synth"));
  outputOf(await fleet.lcloud("sync"));
  await expect(ana.list(PODS, { namespace: "red" })).rejects.toMatchObject({ code: "FORBIDDEN" });
  expect(await ben.list(PODS, { namespace: "red" })).toEqual([]);
  ana.close();
  ben.close();
});

test("a cloud leaves only by name; then exactly its objects go, and its namespace stays", async () => {
  await using fleet = await startSmallFleet();
  await fleet.write(cloud("red") + cloud("blue"));
  outputOf(await fleet.lcloud("enroll"));
  outputOf(await fleet.lcloud("up"));
  const [red, blue] = [await objectsOf(fleet, "red"), await objectsOf(fleet, "blue")];
  await fleet.write(cloud("red"));
  outputOf(await fleet.lcloud("synth"));

  const refused = await fleet.lcloud("sync", "-o", "json");
  expect(refused.code).not.toBe(0);
  expect(refused.stdout).toContain("CLOUD_VANISHED");
  expect(await objectsOf(fleet, "blue")).toEqual(blue);

  outputOf(await fleet.lcloud("sync", "--remove", "blue"));
  expect(await objectsOf(fleet, "red")).toEqual(red);
  expect(Object.keys(await objectsOf(fleet, "blue"))).toEqual(["|Namespace||blue"]);
});

test("a cloud under another name takes over its namespace as it is, once the old name may go", async () => {
  await using fleet = await startSmallFleet();
  await fleet.write(cloud("red"));
  outputOf(await fleet.lcloud("enroll"));
  outputOf(await fleet.lcloud("up"));
  const red = await objectsOf(fleet, "red");
  const old = await fleet.as("red", "ana");
  await fleet.write(cloud("rose", '{ ana: ["edit"] }', "red"));
  outputOf(await fleet.lcloud("enroll"));

  const refused = await fleet.lcloud("up", "-o", "json");
  expect(refused.code).toBe(3);
  expect(refused.stdout).toContain("--remove red hands it over");
  expect(await objectsOf(fleet, "red")).toEqual(red);
  expect(await objectsOf(fleet, "rose")).toEqual({});

  const policy = { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" };
  const before = await fleet.admin.list(policy, { namespace: "red" });
  outputOf(await fleet.lcloud("up", "--remove", "red"));
  expect(await objectsOf(fleet, "red")).toEqual({});
  expect(Object.keys(await objectsOf(fleet, "rose"))).toHaveLength(Object.keys(red).length);
  const after = await fleet.admin.list(policy, { namespace: "red" });
  expect(after.map(({ metadata }) => metadata.uid)).toEqual(before.map(({ metadata }) => metadata.uid));
  const ana = await fleet.as("rose", "ana");
  expect(await ana.list(PODS, { namespace: "red" })).toEqual([]);
  await expect(old.list(PODS, { namespace: "red" })).rejects.toMatchObject({ code: "FORBIDDEN" });
  for (const each of [old, ana]) each.close();

  const again = JSON.parse(outputOf(await fleet.lcloud("sync", "-o", "json")));
  const actions = again.clusters.flatMap(
    ({ units }: { units: readonly { changes: readonly { action: string }[] }[] }) =>
      units.flatMap(({ changes }) => changes.map(({ action }) => action)),
  );
  expect(new Set(actions)).toEqual(new Set(["unchanged"]));
});
