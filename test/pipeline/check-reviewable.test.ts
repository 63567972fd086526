import { expect, test } from "vitest";
import type { Delivery } from "../../src/model/delivery.ts";
import { checkReviewable } from "../../src/pipeline/check-reviewable.ts";
import { renderedCluster } from "../rendered/rendered-clusters.ts";

const engine = { kind: "flux", namespace: "flux-system", unit: "cloud" } as const;
const url = "https://git.example.com/fleet";
const byGit: Delivery = { kind: "git", repository: url, pullUrl: url, branch: "main", path: "clusters", engine };
const byRegistry: Delivery = { kind: "oci", repository: "oci://registry.example.com/fleet", tag: "latest", engine };

function cluster(name: string, delivery: Delivery) {
  const { file, ...rendered } = renderedCluster(name, { kind: "x509", requesters: [] }, { shop: [] });
  return { ...rendered, file: { ...file, delivery } };
}

test("a pull request is for clusters that git delivers to", () => {
  expect(() => checkReviewable([cluster("one", byGit)])).not.toThrow();
});

test("clusters to which something would be delivered without a review are told all at once", () => {
  const clusters = [cluster("one", byGit), cluster("two", { kind: "direct" }), cluster("three", byRegistry)];
  expect(() => checkReviewable(clusters)).toThrow(
    expect.objectContaining({
      code: "INVALID",
      faults: [expect.objectContaining({ path: "two" }), expect.objectContaining({ path: "three" })],
    }),
  );
});
