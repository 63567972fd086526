import { expect, test } from "vitest";
import { judgeCustom } from "../../src/dns/custom-corefile.ts";
import { SHOP } from "./corefile/zones.ts";

const corefile = (plugins = "errors"): string =>
  `.:53 {\n    ${plugins}\n}\nimport custom/*.override\nimport custom/*.server\n`;

const OURS = { "lc-shop.server": "shop:53 {\n}\n" };

test.each([
  ["of ours alone", corefile(), OURS],
  ["of others beside ours", corefile(), { ...OURS, "a.server": "other {\n}\n", "note.txt": "shop {" }],
  ["that is not there yet", corefile(), {}],
])("a key %s is read as CoreDNS reads it", (_, text, custom) => {
  expect(judgeCustom(text, custom, [SHOP]).faults).toEqual([]);
});

test.each<[string, string, Readonly<Record<string, string>>, RegExp]>([
  ["no import", ".:53 {\n}\n", OURS, /does not import/],
  ["an import of other keys", ".:53 {\n}\nimport custom/*.override\n", OURS, /does not import/],
  ["a key of others that swallows ours", corefile(), { ...OURS, "a.server": "other\nerrors\n" }, /^a\.server:1: /],
  ["a key of others that has our zone", corefile(), { ...OURS, "a.server": "SHOP. {\n}\n" }, /2 blocks/],
  ["another port", corefile().replace(":53", ":8053"), OURS, /not at port 8053/],
  ["an address to which . is bound", corefile("bind 10.0.0.1"), OURS, /^Corefile: .*10\.0\.0\.1.*; /],
])("with %s, zones would not be answered, and that is told", (_, text, custom, fault) => {
  expect(judgeCustom(text, custom, [SHOP]).faults).toEqual([expect.stringMatching(fault)]);
});

test("where there is no zone of ours, nothing is asked of the block for .", () => {
  expect(judgeCustom(corefile("bind 10.0.0.1"), {}, []).faults).toEqual([]);
});
