import { expect, test } from "vitest";
import { insideOf } from "../../../src/delivery/oci/artifact.ts";
import { compareFiles, isUnitDiffering } from "../../../src/delivery/oci/compare-files.ts";
import { distOf } from "../git/pushing.ts";

const wanted = insideOf("edge-1", distOf("edge-1", { shop: "1", bank: "1" }).files);

test.each([
  ["clouds/shop/kustomization.yaml", ["lc-cloud-shop", "lc-clouds"]],
  ["clouds/extra.yaml", ["lc-clouds"]],
  ["cluster/extra.yaml", ["lc-cluster"]],
  ["flux/kustomization.yaml", ["lc-cluster"]],
  ["README.md", ["lc-clouds"]],
])("an artifact with %s, which is not ours, holds no unit that an agent would read it with", (path, differing) => {
  const compared = compareFiles("edge-1", new Map([...wanted, [path, Buffer.from("resources: []\n")]]), wanted);
  const units = ["lc-cluster", "lc-cloud-shop", "lc-cloud-bank", "lc-clouds"];
  expect(units.filter((unit) => isUnitDiffering(compared, unit))).toEqual(differing);
});
