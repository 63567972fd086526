import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { findEffects } from "./architecture/find-effects.ts";
import { findViolations } from "./architecture/find-violations.ts";
import { readSource } from "./architecture/read-imports.ts";
import { EXCEPTIONS, PARTS } from "./architecture/table.ts";

const sources = ["src", "clouds"].flatMap((folder) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((path) => path.endsWith(".ts"))
        .map((path) => `${folder}/${path.replaceAll("\\", "/")}`)
    : [],
);

test("every file keeps to the table", () => {
  expect(sources.length).toBeGreaterThan(100);
  expect(sources.flatMap((path) => findViolations(path, readFileSync(path, "utf8")))).toEqual([]);
});

test("the table has no cycle", () => {
  const reach = (part: string, above: readonly string[]): readonly string[] => {
    expect(above).not.toContain(part);
    return (PARTS[part]?.ours ?? []).flatMap((next) => reach(next, [...above, part]));
  };
  for (const part of Object.keys(PARTS)) reach(part, []);
});

test("the table has no part that is gone", () => {
  const parts = Object.keys(PARTS).filter((part) => part !== "clouds");
  expect(parts.filter((part) => !existsSync(`src/${part}`) && !existsSync(`src/${part}.ts`))).toEqual([]);
});

test.each(Object.entries(EXCEPTIONS))("%s needs its exception", (path, effects) => {
  const found = findEffects(readSource(path, readFileSync(path, "utf8"))).map(({ effect }) => effect);
  expect(effects.filter((effect) => !found.includes(effect))).toEqual([]);
});

describe("found:", () => {
  test.each([
    ["an import up the floors", "src/model/a.ts", 'import { x } from "../rendered/b.ts";'],
    ["an import of a stage by another", "src/delivery/apply/a.ts", 'import { x } from "../../post-sync/b.ts";'],
    ["an import of a type", "src/delivery/a.ts", 'import type { X } from "../synthesis/b.ts";'],
    ["a type among values", "src/delivery/a.ts", 'import { type X } from "../synthesis/b.ts";'],
    ["a re-export", "src/x509/a.ts", 'export { x } from "../keys/b.ts";'],
    ["a re-export of a type", "src/x509/a.ts", 'export type { X } from "../keys/b.ts";'],
    ["a re-export of all", "src/x509/a.ts", 'export * from "../keys/b.ts";'],
    ["a dynamic import", "src/inspect/a.ts", 'const x = await import("../delivery/b.ts");'],
    ["a dynamic import of what is computed", "src/pipeline.ts", "const x = await import(name);"],
    ["an import type", "src/inspect/a.ts", 'type X = import("../delivery/b.ts").X;'],
    ["an import for its effect", "src/inspect/a.ts", 'import "../delivery/b.ts";'],
    ["a require", "src/model/a.ts", 'const x = require("zod");'],
    ["an import = require", "src/model/a.ts", 'import x = require("zod");'],
    ["a way around over the root", "src/model/a.ts", 'import { x } from "../../src/keys/b.ts";'],
    ["a way out of src", "src/model/a.ts", 'import { x } from "../../test/b.ts";'],
    ["a package", "src/model/a.ts", 'import { z } from "zod";'],
    ["a package of another part", "src/delivery/a.ts", 'import * as k8s from "@kubernetes/client-node";'],
    ["git beside its part", "src/delivery/git/a.ts", 'import { simpleGit } from "simple-git";'],
    ["a part of a package", "src/keys/a.ts", 'import asn1 from "node-forge/lib/asn1.js";'],
    [
      "a value of a package that is there for its types",
      "src/definition/a.ts",
      'import { Role } from "cdk8s-plus-27";',
    ],
    ["our own package", "src/cli/a.ts", 'import { FleetApp } from "logical-clouds";'],
    ["a way into src from clouds", "clouds/a.ts", 'import { FleetApp } from "../src/index.ts";'],
    ["code in the index", "src/index.ts", "export const x = 1;"],
    ["a file of no part", "src/helpers.ts", "export const x = 1;"],
    ["the console", "src/post-sync/a.ts", 'console.log("x");'],
    ["the process", "src/delivery/a.ts", "const x = process.env.X;"],
    ["the environment", "src/definition/a.ts", 'import { env } from "node:process";'],
    ["the global object", "src/model/a.ts", "const x = globalThis.process;"],
    ["files", "src/synthesis/a.ts", 'import { readFileSync } from "node:fs";'],
    ["files by promise", "src/definition/a.ts", 'import { readFile } from "node:fs/promises";'],
    ["the network", "src/rendered/a.ts", 'const x = await fetch("https://example.org");'],
    ["sockets", "src/definition/a.ts", 'import { connect } from "node:net";'],
    ["the clock", "src/model/a.ts", "const x = Date.now();"],
    ["the clock as a date", "src/x509/a.ts", "const x = new Date();"],
    ["the clock by another name", "src/x509/a.ts", "const { now } = Date;"],
    ["a timer", "src/synthesis/a.ts", "setTimeout(() => {}, 1);"],
    ["chance", "src/definition/a.ts", "const x = Math.random();"],
    ["chance by another name", "src/definition/a.ts", "const { random } = Math;"],
    ["chance of node:crypto", "src/x509/a.ts", 'import { randomBytes } from "node:crypto";'],
    ["a new key", "src/x509/a.ts", 'import { generateKeyPairSync } from "node:crypto";'],
    ["another program", "src/pipeline.ts", 'import { spawn } from "node:child_process";'],
  ])("%s", (_, path, text) => {
    expect(findViolations(path, text)).toEqual([expect.stringMatching(`^${path}: .+; `)]);
  });
});

describe("allowed:", () => {
  test.each([
    ["its own part", "src/model/a.ts", 'import { x } from "./b.ts"; export * from "../model/c.ts";'],
    ["a floor below", "src/delivery/apply/a.ts", 'import { x } from "../../model/b.ts";'],
    ["a stage by the pipeline", "src/pipeline.ts", 'const { x } = await import("./delivery/apply/b.ts");'],
    ["a package of its part", "src/git/a.ts", 'import { simpleGit } from "simple-git";'],
    ["types where they are", "src/definition/a.ts", 'import type { Role } from "cdk8s-plus-27";'],
    [
      "our package by clouds",
      "clouds/a.ts",
      'import { FleetApp } from "logical-clouds"; import { App } from "./fleet.ts";',
    ],
    ["a date with an argument", "src/x509/a.ts", "const x = (y: Date) => y instanceof Date ? y : new Date(y);"],
    [
      "a property of that name",
      "src/model/a.ts",
      "const x = { process: 1, console: 2 }.process; type X = { fetch: Date };",
    ],
    ["other mathematics", "src/model/a.ts", "const x = Math.max(1, 2);"],
    [
      "what only computes",
      "src/definition/a.ts",
      'import { isIP } from "node:net"; import { hash } from "node:crypto";',
    ],
    ["the console of the command line", "src/cli/a.ts", 'console.log("x"); process.exitCode = 1;'],
  ])("%s", (_, path, text) => {
    expect(findViolations(path, text)).toEqual([]);
  });
});
