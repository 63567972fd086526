import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { notesOfPushes } from "../../src/cli/render/pushes.ts";

const folder = mkdtempSync(join(tmpdir(), "lcloud's-$(touch ran)-"));
const [titleFile, bodyFile] = [join(folder, "title.txt"), join(folder, "body.md")];
writeFileSync(titleFile, "Deliver shop to edge-1\n");
writeFileSync(bodyFile, "- **edge-1**\n");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the program gets that the printed line starts, in a shell. */
function run(repository: string, base: string, branch: string): readonly string[] {
  const [note = ""] = notesOfPushes([], [{ repository, base, branch, titleFile, bodyFile }]);
  const program = `for name in gh glab; do eval "$name() { printf '%s\\0' $name \\"\\$@\\"; }"; done`;
  const line = note.replace(/^to open it: /, "");
  return execFileSync("sh", ["-c", `${program}\n${line}`], { encoding: "utf8", cwd: folder })
    .split("\0")
    .slice(0, -1);
}

test.each([
  ["main", "lcloud/delivery"],
  ["main;touch$IFSran", "$(touch$IFSran)"],
  ["`touch$IFSran`", "it's"],
  ["a|b&c>d<e", '"quoted"'],
])("the line that opens a pull request from %j is only words, whatever names are", (base, branch) => {
  expect(run("git@git.example.com:acme/fleet.git", base, branch)).toEqual([
    ...["gh", "pr", "create", "--repo", "git@git.example.com:acme/fleet.git", "--base", base, "--head", branch],
    ...["--title", "Deliver shop to edge-1", "--body-file", bodyFile],
  ]);
});

test.each(["https://gitlab.com/acme/fleet.git", "git@gitlab.example.com:acme/fleet.git"])(
  "for %s, it is GitLab's own command",
  (repository) => {
    expect(run(repository, "main", "lcloud/delivery")).toEqual([
      ...["glab", "mr", "create", "--repo", repository, "--target-branch", "main"],
      ...["--source-branch", "lcloud/delivery"],
      ...["--title", "Deliver shop to edge-1", "--description", "- **edge-1**"],
    ]);
  },
);

test("a repository of this machine has no address at a forge", () => {
  expect(run("/srv/gitlab/fleet.git", "main", "next").slice(0, 4)).toEqual(["gh", "pr", "create", "--base"]);
});

test("what was overwritten is told, as much as there is room for", () => {
  const place = { repository: "https://git.example.com/fleet", branch: "main", clusters: ["edge-1"] };
  const counts = { cluster: "edge-1", written: 1, removed: 11, unchanged: 0, objects: 1, clouds: [] };
  const overwritten = ["a\u001b[2J\nb", ...Array.from({ length: 11 }, (_, index) => `file-${index}`)];
  const [note] = notesOfPushes([{ ...place, push: { clusters: [{ ...counts, overwritten }] } }], []);
  expect(note?.split("\n")).toEqual([
    "edge-1: 12 changes of others overwritten:",
    ...["a[2J b", ...overwritten.slice(1, 10), "and 2 more"].map((line) => `  ${line}`),
  ]);
});

test("what was lost on our branch of a pull request is told", () => {
  const place = { repository: "https://git.example.com/fleet", branch: "main", clusters: ["edge-1"] };
  const [note] = notesOfPushes([{ ...place, push: { clusters: [], lostOffer: ["lcloud/delivery: a"] } }], []);
  expect(note).toBe("https://git.example.com/fleet: 1 change of others overwritten:\n  lcloud/delivery: a");
});

test("where an agent still reads an old folder, it is told what to do", () => {
  const place = { repository: "https://git.example.com/fleet", branch: "main", clusters: ["edge-1"] };
  const counts = { cluster: "edge-1", written: 1, removed: 0, unchanged: 0, objects: 1, clouds: [] };
  const [note] = notesOfPushes([{ ...place, push: { clusters: [{ ...counts, formerFolders: ["old/edge-1"] }] } }], []);
  expect(note).toMatch(/its folder was old\/edge-1, .*lcloud bootstrap edge-1 .*delete old\/edge-1 from the branch$/);
});

test("a delivery that nothing will keep an older one from following is told", () => {
  const place = { repository: "https://git.example.com/fleet", branch: "main", clusters: ["edge-1"] };
  const push = { clusters: [], commit: "c".repeat(40) };
  expect(notesOfPushes([{ ...place, push }], [])).toEqual([]);
  const [uncommitted] = notesOfPushes([{ ...place, push, unsourced: "uncommitted" }], []);
  expect(uncommitted).toMatch(/dist\/ that is not committed.*nothing will keep an older one/);
  const [outside] = notesOfPushes([{ ...place, push, unsourced: "no-repository" }], []);
  expect(outside).toMatch(/in no git repository.*nothing will keep an older one/);
});

test("an offer that nobody wants any more is told", () => {
  const place = { repository: "https://git.example.com/fleet", branch: "main", clusters: ["edge-1"] };
  const [note] = notesOfPushes([{ ...place, push: { clusters: [], staleOffer: "lcloud/delivery" } }], []);
  expect(note).toContain("lcloud/delivery still offers an earlier change");
});
