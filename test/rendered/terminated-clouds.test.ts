import { expect, test } from "vitest";
import { checkRendered } from "../../src/rendered/check-rendered.ts";
import { formatClusterFile } from "../../src/rendered/format-files.ts";
import { terminatedClouds } from "../../src/rendered/terminated-clouds.ts";
import { terminated } from "../delivery/leaving.ts";
import { cloudObjects, rendered } from "../delivery/rendered.ts";

const shop = rendered({ shop: cloudObjects("shop") });

test("what may be gone from a cluster is read from its file, as the schema has it", () => {
  expect(terminatedClouds(formatClusterFile(terminated(shop, "bank", "news").file))).toEqual(new Set(["bank", "news"]));
  expect(terminatedClouds(formatClusterFile(shop.file))).toEqual(new Set());
});

test.each([undefined, "", "{", "[]", "null", '{"terminated":"shop"}', '{"terminated":[1,null]}'])(
  "nothing may be gone for a file that says %s",
  (text) => {
    expect(terminatedClouds(text)).toEqual(new Set());
  },
);

test("a cloud that may be gone is not rendered in the same cluster", () => {
  expect(checkRendered(terminated(shop, "bank"))).toEqual([]);
  expect(checkRendered(terminated(shop, "bank", "shop"))).toEqual([
    { path: "east/cluster.json", message: expect.stringMatching(/names shop, which is here; run lcloud synth$/) },
  ]);
});
