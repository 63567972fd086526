import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { refuseNode } from "../../src/cli/node-version.ts";

test.each(["22.19.0", "22.20.1", "23.6.0", "24.21.0", "100.0.0"])("Node %s is new enough", (version) => {
  expect(refuseNode(version)).toBeUndefined();
});

test.each(["0.12.18", "20.20.2", "22.18.9", "21.99.0", "23.5.0"])(
  "Node %s is refused, with those that are needed",
  (version) => {
    expect(packageJson.engines.node).toBe(">=22.19 <23 || >=23.6");
    expect(refuseNode(version)).toMatch(new RegExp(`Node 22.19, 23.6 or newer.* ${version};`));
  },
);

test("nothing that an older Node cannot read is read before its version is", () => {
  const importsOf = (path: string): readonly string[] =>
    [...readFileSync(new URL(`../../src/cli/${path}`, import.meta.url), "utf8").matchAll(/^import .*$/gm)].map(String);
  expect(importsOf("main.ts")).toEqual([
    'import process from "node:process";',
    'import { refuseNode } from "./node-version.ts";',
  ]);
  expect(importsOf("node-version.ts")).toEqual([]);
});
