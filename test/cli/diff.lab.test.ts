import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { formatDiff, formatMarkdown, formatWholeMarkdown } from "../../src/cli/render/diff.ts";
import type { AccessChange, ObjectChange } from "../../src/model/diff.ts";
import type { DiffReport } from "../../src/pipeline.ts";
import { GitRepository } from "../pipeline/git-repository.ts";
import { clusterFile, renderedCluster } from "../rendered/rendered-clusters.ts";
import { lcloud } from "./lcloud.ts";

const ref = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", namespace: "shop", name });
const changed = (name: string, value: string): ObjectChange => ({
  ref: ref(name),
  cloud: "shop",
  action: "changed",
  fields: [{ path: "data.text", before: value }],
});
const gained: AccessChange = {
  action: "gained",
  clusters: ["east"],
  cloud: "shop",
  subject: "Group devs",
  scope: "*",
  right: "get secrets",
  risk: "critical",
};
const report: DiffReport = {
  base: { ref: "main", commit: "0".repeat(40) },
  remarks: ["compared with the dist/ committed in main"],
  groups: [
    {
      clusters: ["east", "west"],
      presence: "same",
      settings: [{ path: "kubernetes", before: '"1.33"', after: '"1.34"' }],
      objects: [
        { ref: ref("new"), cloud: "shop", action: "added", fields: [] },
        changed("text", '"a"'),
        { ref: { apiVersion: "v1", kind: "Namespace", name: "old" }, action: "removed", fields: [] },
      ],
    },
    { clusters: ["north"], presence: "removed", settings: [], objects: [] },
  ],
  access: [gained, { ...gained, action: "lost", scope: "shop", risk: "low" }],
  counts: { clusters: 3, added: 2, changed: 2, removed: 2 },
};
const nothing: DiffReport = {
  ...report,
  remarks: [],
  groups: [],
  access: [],
  counts: { clusters: 0, added: 0, changed: 0, removed: 0 },
};

const HEADLINE =
  "6 objects on 3 clusters: 2 added, 2 changed, 2 removed; 1 cluster removed; " +
  "access: 1 gained (1 critical), 1 lost";

test("text is the headline, objects by cluster, then access, in no colour where there is no terminal", () => {
  expect(formatDiff(report)).toBe(`${HEADLINE}

east, west: 1 added, 1 changed, 1 removed
  ~ cluster and users
        kubernetes: "1.33" -> "1.34"
  + ConfigMap/shop/new (cloud shop)
  ~ ConfigMap/shop/text (cloud shop)
        data.text: "a" -> nothing
  - Namespace/old

north (cluster removed): 0 added, 0 changed, 0 removed
  - 1 cluster

Access gained: 1
  + critical: Group devs (cloud shop) may get secrets in the whole cluster (east)

Access lost: 1
  - low: Group devs (cloud shop) may get secrets in namespace shop (east)
`);
  expect(formatDiff(nothing)).toBe("No difference\n");
});

test("Markdown begins with its marker, the headline and the remarks", () => {
  const markdown = formatMarkdown(report, 65_536, "all.md");
  expect(markdown).toMatch(
    /^<!-- lcloud diff -->\n### 6 objects .*\n\n> `compared with the dist\/ committed in main`\n/,
  );
  expect(markdown).toContain("\n```diff\n! cluster and users\n");
  expect(markdown).toBe(formatWholeMarkdown(report));
  expect(formatMarkdown(nothing, 65_536, "all.md")).toBe("<!-- lcloud diff -->\n### No difference\n");
});

const many = (count: number, name: string): DiffReport["groups"][number] => ({
  clusters: [name],
  presence: "same",
  settings: [],
  objects: Array.from({ length: count }, (_, index) => changed(`text-${index}`, `"${"x".repeat(index % 400)}\`\`\`"`)),
});

const large = (counts: readonly number[], access: number): DiffReport => ({
  ...report,
  groups: counts.map((count, index) => many(count, `cluster-${index}`)),
  access: Array.from({ length: access }, () => gained),
});

/** Each block as the line that opens it and the one that closes it. */
function fencesOf(markdown: string): readonly string[] {
  const open: string[] = [];
  for (const line of markdown.split("\n")) {
    const fence = /^(`{3,})(?:diff)?$/.exec(line)?.[1];
    if (fence === undefined) continue;
    if (open.length === 0) open.push(fence);
    else if (fence.length >= (open[0]?.length ?? 0)) open.pop();
  }
  return open;
}

test("Markdown is never longer than it may be, with its blocks closed, and says where all of it is", () => {
  const counts = fc.array(fc.nat(300), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(counts, fc.nat(400), fc.integer({ min: 2000, max: 70_000 }), (objects, access, max) => {
      const diff = large(objects, access);
      const markdown = formatMarkdown(diff, max, "all.md");
      expect(markdown.length).toBeLessThanOrEqual(max);
      expect(fencesOf(markdown)).toEqual([]);
      expect(markdown.match(/<details>/g)?.length).toBe(markdown.match(/<\/details>/g)?.length);
      expect(markdown).toMatch(/^<!-- lcloud diff -->\n### 6 objects/);
      if (markdown.includes(" lines more")) expect(markdown.slice(0, 600)).toMatch(/\n\*\*Cut.* `all\.md`\n/);
    }),
    { numRuns: 60 },
  );
});

test("of a long report the short parts are whole, and what is left out of a long one is counted", () => {
  const markdown = formatMarkdown(large([3000, 1], 1), 65_536, "all.md");
  expect(markdown).toContain("**Cut, since it is too long for a comment.** All of it: `all.md`");
  expect(markdown).toContain("<summary>cluster-1: 0 added, 1 changed, 0 removed</summary>");
  expect(markdown).toContain("critical: Group devs");
  const [, more] = /… and (\d+) lines more\n/.exec(markdown) ?? [];
  const shown = markdown.match(/^(?:!| {5}) .*$/gm)?.length ?? 0;
  expect(Number(more) + shown).toBe(2 * 3001);
  expect(markdown.length).toBeGreaterThan(64_000);
});

test("no name or remark leaves its place in Markdown, nor steers a terminal", () => {
  const nasty = "a`b\n```\n</details>@everyone\u001b[31m\u009b\u202e";
  const diff: DiffReport = {
    ...report,
    remarks: [nasty],
    access: [{ ...gained, subject: nasty }],
    groups: [{ clusters: ["east"], presence: "same", settings: [], objects: [changed(nasty, nasty)] }],
  };
  for (const character of ["\u001b", "\u009b", "\u202e"]) expect(formatDiff(diff)).not.toContain(character);
  const markdown = formatMarkdown(diff, 65_536, "all.md");
  expect(fencesOf(markdown)).toEqual([]);
  expect(markdown).toMatch(/^> `a b <\/details>@everyone[^`\n]*`$/m);
  expect(markdown.split("\n").filter((line) => line.includes("@everyone"))).toHaveLength(4);
  expect(markdown).toContain("\n````diff\n");
});

test("a long value is cut where people read, and whole in the whole report", () => {
  const long = "x".repeat(1000);
  const diff: DiffReport = { ...report, groups: [{ ...many(0, "east"), objects: [changed("text", long)] }] };
  expect(formatDiff(diff)).toContain(`${"x".repeat(200)}…`);
  expect(formatDiff(diff)).not.toContain(long);
  expect(formatWholeMarkdown(diff)).toContain(long);
});

test("of many clusters some are named and the others counted, and all are in the whole report", () => {
  const clusters = Array.from({ length: 12 }, (_, index) => `c${index}`);
  const diff: DiffReport = {
    ...report,
    groups: [{ ...many(1, "east"), clusters }],
    access: [
      { ...gained, clusters },
      { ...gained, clusters: clusters.slice(3) },
    ],
  };
  const text = formatDiff(diff);
  expect(text).toContain("\nc0, c1, c2, c3, c4, c5, c6, c7 and 4 more: 0 added");
  expect(text).toContain("(c0, c1, c2, c3, c4, c5, c6, c7 and 4 more)\n");
  expect(text).toContain("(c3, c4, c5, c6, c7, c8, c9, c10, c11)\n");
  expect(formatWholeMarkdown(diff).split(clusters.join(", "))).toHaveLength(3);
});

const { identity } = clusterFile("east", { kind: "service-account", expirationSeconds: 3600 });
const east = (text: string) => [renderedCluster("east", identity, { shop: ["ada"] }, text)];
let repository: GitRepository;
beforeAll(async () => {
  repository = await GitRepository.create();
  await repository.define(east("one"));
  repository.commit("one");
  await repository.define(east("two"));
  repository.commit("two");
});
afterAll(() => repository.remove());

const run = (...args: readonly string[]) => lcloud(["diff", ...args], { folder: repository.folder });

test("the exit code is 0 where nothing differs, and 1 where something does", async () => {
  expect(await run("--base", "HEAD")).toEqual({ exitCode: 0, stdout: "No difference\n", stderr: "" });
  const { exitCode, stdout } = await run("--base", "HEAD^1");
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/^1 object on 1 cluster: 0 added, 1 changed, 0 removed; access: 0 gained, 0 lost\n/);
});

test("JSON has all of it, and the whole report is written where it was asked for", async () => {
  const { exitCode, stdout } = await run("--base", "HEAD^1", "-o", "json", "--report", "whole.md");
  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    base: { ref: "HEAD^1" },
    counts: { changed: 1 },
    groups: [{ objects: [{ fields: [{ path: "data.text", before: '"one"', after: '"two"' }] }] }],
  });
  expect(await readFile(join(repository.folder, "whole.md"), "utf8")).toMatch(/^<!-- lcloud diff -->\n### 1 object/);
});

test.each(["text", "markdown"])("where nothing can be compared, %s says nothing on stdout", async (output) => {
  const { exitCode, stdout, stderr } = await run("--base", "nope", "-o", output);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
  expect(stderr).toMatch(/^error: 1 fault; nothing was compared\n {2}--base: nope is no commit/);
});

test("where nothing can be compared, JSON is the error", async () => {
  const { exitCode, stdout } = await run("--base", "nope", "-o", "json");
  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: "INVALID", faults: [{ path: "--base" }] } });
});

test("a report that cannot be written is refused, and nothing is said to have been compared", async () => {
  expect(await run("--base", "HEAD", "--report", "no/such/folder.md")).toMatchObject({ exitCode: 1, stdout: "" });
});
