import { expect, test } from "vitest";
import { pushGroup } from "../../src/pipeline/push-group.ts";

test("an artifact, which nobody could review, is not pushed with a pull request", async () => {
  const engine = { kind: "flux", namespace: "flux-system", unit: "cloud" } as const;
  const delivery = { kind: "oci", repository: "oci://127.0.0.1:1/fleet", tag: "latest", engine } as const;
  const report = await pushGroup([{ name: "one", delivery }], new Map(), {
    folder: ".",
    clusters: [],
    remove: [],
    removeMany: false,
    overwrite: false,
    pullRequest: "lcloud/delivery",
    toolVersion: "0.0.0",
    otherClusters: new Set(),
    onProgress: () => {},
    onStep: () => {},
  });
  expect(report).toMatchObject({ repository: "oci://127.0.0.1:1/fleet/one", failure: { code: "INVALID" } });
});
