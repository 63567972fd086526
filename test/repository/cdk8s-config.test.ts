import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findCdk8sConfig, readCdk8sConfig } from "../../src/repository/cdk8s-config.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lcloud-config-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const write = async (text: string): Promise<void> => writeFile(join(folder, "cdk8s.yaml"), text);
const faultWith = (part: string) =>
  expect.objectContaining({
    code: "INVALID",
    faults: [{ path: "cdk8s.yaml", message: expect.stringMatching(new RegExp(`${part}.*; [^.]+`)) }],
  });

test("the app and the output folder are read, and keys of cdk8s-cli are passed over", async () => {
  await write("language: typescript\napp: node clouds/main.ts\noutput: out\nvalidations: []\n");
  expect(await readCdk8sConfig(folder)).toEqual({ app: "node clouds/main.ts", output: "out" });
});

test("the output folder is dist by default, as for cdk8s-cli", async () => {
  await write("app: node clouds/main.ts\n");
  expect(await findCdk8sConfig(folder)).toEqual({ app: "node clouds/main.ts", output: "dist" });
});

test("a folder without cdk8s.yaml has none, and cannot be worked in", async () => {
  expect(await findCdk8sConfig(folder)).toBeUndefined();
  await expect(readCdk8sConfig(folder)).rejects.toEqual(faultWith("cd to|lcloud init"));
});

test.each([
  ["without an app", "output: dist", "app"],
  ["whose app is empty", 'app: " "', "app"],
  ["whose app is a list", "app: [node]", "app"],
  ["whose output is empty", 'app: a\noutput: ""', "output"],
  ["whose output is a number", "app: a\noutput: 3", "output"],
  ["that is text", "just text", "no keys"],
  ["that is empty", "", "empty"],
  ["that is no YAML", "app: a\n\tb", "line 2"],
])("a cdk8s.yaml %s is refused", async (_, text, part) => {
  await write(text);
  await expect(readCdk8sConfig(folder)).rejects.toEqual(faultWith(part));
});

test("all faults of a cdk8s.yaml are told at once", async () => {
  await write("output: 3");
  await expect(readCdk8sConfig(folder)).rejects.toMatchObject({ code: "INVALID", faults: { length: 2 } });
});

test("a folder in its place is refused", async () => {
  await mkdir(join(folder, "cdk8s.yaml"));
  await expect(findCdk8sConfig(folder)).rejects.toEqual(faultWith("EISDIR"));
});
