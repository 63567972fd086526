import { ApiObject } from "cdk8s";
import { describe, expect, test } from "vitest";
import { LogicalCloud, type LogicalCloudProps } from "../../src/index.ts";
import { newApp } from "./fleets.ts";
import { cluster, type DedicatedMesh, expectFaults } from "./mesh-fleets.ts";

type Sidecar = NonNullable<NonNullable<DedicatedMesh["resources"]>["sidecar"]>;
type Bounds = Pick<LogicalCloudProps, "quota" | "limits">;

const cloudWith = (bounds: Bounds, sidecar: Sidecar = {}): LogicalCloudProps => ({
  ...bounds,
  mesh: { mode: "dedicated", resources: { sidecar } },
});

const container = (fields: object) => [{ type: "Container" as const, ...fields }];

describe("what sidecars do not fit into is told with the number to set", () => {
  const cases: readonly [string, Bounds, Sidecar, id: string, ...RegExp[]][] = [
    [
      "a quota that one sidecar fills",
      { quota: { "limits.cpu": "500m" }, limits: "none" },
      {},
      "quota",
      /^mesh\.resources\.sidecar\.limits\.cpu: "500m" leaves nothing of limits\.cpu of the quota, "500m"; set it to less than "500m"/,
    ],
    [
      "a quota that is filled by sidecars of all the pods that it lets in",
      { quota: { "limits.cpu": 4, "limits.memory": "20Gi", pods: 20 }, limits: "none" },
      {},
      "quota",
      /limits\.cpu: "500m" in each of 20 pods leaves nothing of limits\.cpu of the quota, "4"; set it to less than "200m"/,
    ],
    [
      "requests, by either key",
      { quota: { cpu: "100m", "requests.memory": "1Gi", "count/pods": 10 }, limits: "none" },
      { requests: { memory: "128Mi" } },
      "quota",
      /requests\.cpu: "10m" in each of 10 pods leaves nothing of cpu of the quota, "100m"; set it to less than "10m"/,
      /requests\.memory: "128Mi" in each of 10 pods .* less than "102Mi"/,
    ],
    [
      "a quota whose own defaults leave no room",
      { quota: { "limits.memory": "600Mi" } },
      {},
      "quota",
      /limits\.memory: "256Mi" leaves less than the "512Mi" that a usual container takes of limits\.memory of the quota, "600Mi"; set it to at most "88Mi"/,
    ],
    [
      "a quota whose own defaults are all of it",
      { quota: { "limits.memory": "128Mi" } },
      {},
      "quota",
      /limits\.memory: "256Mi" leaves less than the "128Mi" .*, "128Mi"; raise that$/,
    ],
    [
      "a maximum of containers",
      { limits: container({ max: { cpu: "250m", memory: "1Gi" } }) },
      {},
      "limits",
      /limits\.cpu: "500m" is more than max\.cpu of a Container; set it to at most "250m"/,
    ],
    [
      "a minimum of containers",
      { limits: container({ min: { memory: "100Mi" } }) },
      {},
      "limits",
      /requests\.memory: "64Mi" is less than min\.memory of a Container; set it to at least "100Mi"/,
    ],
    [
      "a ratio of containers",
      { limits: container({ maxLimitRequestRatio: { cpu: 3, memory: 4 } }) },
      {},
      "limits",
      /requests\.cpu: "10m" goes into the limit, "500m", .*; set it to at least "167m"/,
    ],
    [
      "a maximum of pods",
      { limits: [{ type: "Pod", max: { cpu: 1 } }, ...container({ default: { cpu: "600m" } })] },
      {},
      "limits",
      /limits\.cpu: "500m" leaves less than the "600m" that a usual container takes of max\.cpu of a Pod, "1"; set it to at most "400m"/,
    ],
  ];
  test.each(cases)("%s", (_, bounds, sidecar, id, ...messages) => {
    expectFaults(
      (app) => new LogicalCloud(app, "shop", cloudWith(bounds, sidecar)),
      messages.map((message) => [`shop/one/${id}`, message]),
    );
  });
});

describe("what sidecars fit into is none of their business", () => {
  const cases: readonly [string, Bounds, Sidecar][] = [
    ["no bounds", {}, {}],
    ["usual ones", { quota: { "requests.cpu": 8, "requests.memory": "32Gi", "limits.cpu": 20, pods: 30 } }, {}],
    ["what was told before", { quota: { "limits.cpu": 4, pods: 20 }, limits: "none" }, { limits: { cpu: "199m" } }],
    ["exactly a maximum", { limits: container({ max: { cpu: "500m" }, min: { cpu: "10m" } }) }, {}],
    ["exactly a ratio", { limits: container({ maxLimitRequestRatio: { cpu: 50, memory: 4 } }) }, {}],
    [
      "a quota that lets nothing in",
      { quota: { pods: 0, "limits.cpu": 1 }, limits: container({ default: { cpu: 2 } }) },
      {},
    ],
    ["a quota of nothing", { quota: { "limits.cpu": 0 }, limits: "none" }, {}],
    ["pods that ask for nothing", { quota: { free: { hard: { pods: 5 }, scopes: ["BestEffort"] } } }, {}],
  ];
  test.each(cases)("%s", (_, bounds, sidecar) => {
    const { app } = newApp({ one: cluster() });
    new LogicalCloud(app, "shop", cloudWith(bounds, sidecar));
    expect(() => app.synth()).not.toThrow();
  });
});

test("a quota of some pods holds one sidecar, however many pods there may be", () => {
  const quota = (cpu: string) => ({
    all: { hard: { pods: 50 } },
    jobs: { hard: { "limits.cpu": cpu }, scopes: ["Terminating"] },
  });
  const mesh = { mode: "dedicated" } as const;
  expectFaults(
    (app) => {
      new LogicalCloud(app, "bank", { quota: quota("1") as never, mesh });
      new LogicalCloud(app, "shop", { quota: quota("400m") as never, mesh });
    },
    [["shop/one/quota:jobs", /limits\.cpu: "500m" leaves nothing of limits\.cpu of the quota, "400m"/]],
  );
});

test("what users add or patch counts, and what other namespaces have does not", () => {
  expectFaults(
    (app) => {
      const cloud = new LogicalCloud(app, "shop", { namespaces: ["shop", "shop-api"], mesh: { mode: "dedicated" } });
      new ApiObject(cloud.on("one"), "max", {
        apiVersion: "v1",
        kind: "LimitRange",
        metadata: { name: "max", namespace: "shop-api" },
        spec: { limits: [{ type: "Container", max: { memory: "200Mi" }, default: { cpu: "1" } }] },
      });
      new ApiObject(cloud.on("one"), "hard", {
        apiVersion: "v1",
        kind: "ResourceQuota",
        metadata: { name: "hard", namespace: "shop" },
        spec: { hard: { "limits.cpu": "1" } },
      });
    },
    [["shop/one/max", /limits\.memory: "256Mi" is more than max\.memory of a Container; set it to at most "200Mi"/]],
  );
});

test("from limits that are wrong, nothing is concluded about sidecars", () => {
  const limits = [3] as never;
  expectFaults(
    (app) => new LogicalCloud(app, "shop", cloudWith({ quota: { "limits.memory": "600Mi" }, limits })),
    [["shop", /^limits\[0\]: is a number/]],
  );
});

test("sidecars of somebody else's mesh are not ours to fit in", () => {
  const { app } = newApp({ one: cluster() });
  new LogicalCloud(app, "shop", { quota: { "limits.cpu": "100m" }, mesh: { mode: "shared", revision: "stable" } });
  expect(() => app.synth()).not.toThrow();
});
