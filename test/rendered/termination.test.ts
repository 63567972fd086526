import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import {
  formatTermination,
  parseTermination,
  type Termination,
  terminatingFolder,
} from "../../src/rendered/termination.ts";
import { readTerminations, removeTermination, writeTermination } from "../../src/rendered/termination-files.ts";

const shop: Termination = {
  version: 1,
  cloud: "shop",
  step: "leaving",
  namespaces: { west: [], east: ["shop", "web"] },
};

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "lcloud-terminating-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test("a file is read as it was written", () => {
  const folder = join(newFolder(), "terminating");
  expect(readTerminations(folder)).toEqual({ found: new Map(), faults: [] });
  writeTermination(folder, shop);
  writeTermination(folder, { ...shop, step: "gone" });
  expect(readTerminations(folder)).toEqual({ found: new Map([["shop", { ...shop, step: "gone" }]]), faults: [] });
  expect(readdirSync(folder)).toEqual(["shop.json"]);
});

test("what is finished is gone, and with the last one the folder", () => {
  const parent = newFolder();
  const folder = join(parent, "terminating");
  writeTermination(folder, shop);
  writeTermination(folder, { ...shop, cloud: "bank" });
  removeTermination(folder, "bank");
  expect(readdirSync(folder)).toEqual(["shop.json"]);
  removeTermination(folder, "shop");
  expect(readdirSync(parent)).toEqual([]);
});

test("the files are beside the requests of users", () => {
  expect(terminatingFolder("clouds/identities")).toBe("clouds/terminating");
  expect(terminatingFolder("identities")).toBe("terminating");
});

test.each<[string, object]>([
  ["of another version", { ...shop, version: 2 }],
  ["of another cloud", { ...shop, cloud: "bank" }],
  ["with another step", { ...shop, step: "left" }],
  ["without namespaces", { ...shop, namespaces: undefined }],
  ["with namespaces by no cluster", { ...shop, namespaces: { "../east": ["shop"] } }],
  ["with a namespace elsewhere", { ...shop, namespaces: { east: ["../shop"] } }],
  ["with a list of namespaces that is none", { ...shop, namespaces: { east: "shop" } }],
  ["with more fields", { ...shop, force: true }],
  ["that is a list", [shop]],
])("a file %s is refused, with a remedy", (_, file) => {
  expect(parseTermination(formatTermination(shop), "shop").faults).toBeUndefined();
  const { faults = [] } = parseTermination(JSON.stringify(file), "shop");
  expect(faults).toEqual([expect.stringContaining("; ")]);
});

test("all faults of all files are told, and other files are left alone", () => {
  const folder = newFolder();
  writeFileSync(join(folder, "README.md"), "# Clouds that leave\n");
  writeFileSync(join(folder, "bank.json"), "{");
  writeFileSync(join(folder, "No Cloud.json"), "{}");
  writeFileSync(join(folder, "shop.json"), JSON.stringify({ version: 1 }));
  expect(readTerminations(folder).faults.map(({ path }) => path.slice(folder.length + 1))).toEqual([
    "No Cloud.json",
    "bank.json",
    ...["shop.json", "shop.json", "shop.json"],
  ]);
});
