import { afterAll, beforeAll, expect, test } from "vitest";
import { rotateMesh } from "../../src/pipeline.ts";
import { rotatingCluster } from "../post-sync/mesh/rotation-scene.ts";
import { meshRepository } from "./mesh-repository.ts";
import type { TestRepository } from "./repository.ts";

let repository: TestRepository;
beforeAll(async () => {
  repository = await meshRepository();
});
afterAll(() => repository?.remove());

test.each([["m1"], ["m1", "m2"]])("a fault on the way to a cluster ends a rotation, and is told", async (...lost) => {
  const fault = new TypeError("a fault in lcloud");
  const clusters = [await rotatingCluster("m1"), await rotatingCluster("m2")] as const;
  const run = rotateMesh({
    ...{ folder: repository.folder, state: ".lcloud", cloud: "shop", goal: "authorities", timeoutMs: 0 },
    onProgress: () => {},
    connect: async ({ cluster: name }) => {
      if (lost.includes(name)) throw fault;
      return name === "m1" ? clusters[0] : clusters[1];
    },
  });
  await expect(run).rejects.toBe(fault);
  for (const { requests } of clusters)
    expect(requests.filter(({ verb }) => !["get", "list"].includes(verb))).toEqual([]);
});
