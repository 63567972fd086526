import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { CLOUD_LABEL } from "../../src/model/labels.ts";
import { unitRef } from "./flux-fleet.ts";
import { COUNT, type ManyClouds, startManyClouds } from "./many-clouds.ts";
import { outputOf } from "./run.ts";

vi.setConfig({ testTimeout: 900_000, hookTimeout: 600_000 });

let fleet: ManyClouds;

beforeAll(async () => {
  fleet = await startManyClouds();
});

afterAll(async () => fleet?.[Symbol.asyncDispose]());

const KINDS = [
  { apiVersion: "v1", kind: "Namespace" },
  { apiVersion: "v1", kind: "ResourceQuota" },
  { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" },
  { apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding" },
  { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role" },
];

/** Clouds that have an object of each kind. */
async function countWhole(): Promise<readonly number[]> {
  const lists = await Promise.all(KINDS.map((kind) => fleet.admin.list(kind, { labelSelector: CLOUD_LABEL })));
  return lists.map((objects) => new Set(objects.map(({ metadata }) => metadata.labels?.[CLOUD_LABEL])).size);
}

const unitNames = async (): Promise<readonly string[]> =>
  (await fleet.admin.list(unitRef(""), { namespace: "flux-system" })).map(({ metadata }) => metadata.name);

const ALL = KINDS.map(() => COUNT);

test(`${COUNT} clouds arrive in one cluster, each as a unit of its own, and their users can use them`, async () => {
  outputOf(await fleet.lcloud("up"));
  expect(await countWhole()).toEqual(ALL);
  expect(await unitNames()).toHaveLength(COUNT + 2);
  const last = `c${COUNT - 1}`;
  const ana = await fleet.as(last, "ana");
  expect(await ana.list({ apiVersion: "v1", kind: "Pod" }, { namespace: last })).toEqual([]);
  ana.close();
});

test("the change of one cloud changes nothing else", async () => {
  const before = await fleet.repository.files();
  await fleet.writeClouds("cloud", 8);
  outputOf(await fleet.lcloud("up"));
  const changed = Object.entries(await fleet.repository.files()).filter(([path, text]) => before[path] !== text);
  expect(changed.map(([path]) => path).sort()).toEqual([
    "clusters/main/.lcloud/lc-cloud-c0",
    "clusters/main/clouds/c0/cloud.k8s.yaml",
  ]);
});

test("all clouds become one unit only by a word of its own, and are whole then", async () => {
  await fleet.writeClouds("cluster", 8);
  const refused = await fleet.lcloud("up", "-o", "json");
  expect(refused.code).toBe(3);
  expect(refused.stdout).toContain("CLOUD_VANISHED");
  outputOf(await fleet.lcloud("up", "--remove-many"));
  expect(await countWhole()).toEqual(ALL);
  expect(await unitNames()).toEqual(["lc-clouds", "lc-cluster", "logical-clouds"]);
});
