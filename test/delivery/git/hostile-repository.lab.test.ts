import { expect, test } from "vitest";
import { git, type LabRepository } from "../../lab/git-repository.ts";
import { hostileTo, NASTY } from "./hostile.ts";
import { cloudPath, distOf, manifest, push } from "./pushing.ts";
import { targetOf, testFolder } from "./repositories.ts";

const { folder, newRepository } = testFolder();
const { trap, configure } = hostileTo(folder);

const SHOP = `clusters/${cloudPath("edge-1", "shop")}`;

async function delivered(): Promise<LabRepository> {
  const repository = await newRepository();
  await push(targetOf(repository), [distOf("edge-1", { shop: "1" })]);
  return repository;
}

test("neither attributes nor ignore files of the repository change bytes or hide files", async () => {
  const repository = await newRepository();
  const filter = trap("filter");
  configure(['[filter "evil"]', `clean = ${filter.program}`, `smudge = ${filter.program}`, "required = true"]);
  await repository.commit({
    ".gitattributes": "* text eol=lf ident filter=evil working-tree-encoding=UTF-16\n",
    ".gitignore": "*\n",
    "clusters/.gitattributes": "* filter=evil\n",
    "clusters/.gitignore": "*\n",
  });
  const wanted = distOf("edge-1", { shop: "1" });
  const files = new Map([...wanted.files, [cloudPath("edge-1", "shop"), Buffer.from(NASTY)]]);
  await push(targetOf(repository), [{ ...wanted, files }]);
  expect((await repository.files())[SHOP]).toBe(NASTY);
  expect(filter.hasRun()).toBe(false);
  expect((await push(targetOf(repository), [{ ...wanted, files }])).commit).toBeUndefined();
});

test("nothing that the repository holds is run or followed", async () => {
  const repository = await newRepository();
  const run = trap("repository");
  const hook = `#!/bin/sh\n${run.program}\n`;
  const config = `[core]\n\thooksPath = hooks\n\tfsmonitor = ${run.program}\n\tsshCommand = ${run.program}\n`;
  await repository.commit({
    "hooks/pre-push": hook,
    "hooks/reference-transaction": hook,
    config,
    HEAD: "ref: refs/heads/main\n",
    ".gitmodules": `[submodule "x"]\n\tpath = x\n\turl = ext::${run.program}\n\tupdate = !${run.program}\n`,
    ".lfsconfig": `[lfs]\n\turl = ext::${run.program}\n`,
  });
  await push(targetOf(repository), [distOf("edge-1", { shop: "1" })]);
  expect(run.hasRun()).toBe(false);
});

/** Put something that is no file at a path of the main branch. */
async function plant(repository: LabRepository, mode: string, path: string, content: string): Promise<void> {
  const main = await repository.tip();
  const base = main === undefined ? "" : `from ${main}\n`;
  const object = mode === "160000" ? content : "inline";
  const data = mode === "160000" ? "" : `data ${content.length}\n${content}\n`;
  const head = "commit refs/heads/main\ncommitter a <a> 0 +0000\ndata 0\n";
  await git(["-C", repository.folder, "fast-import", "--quiet"], `${head}${base}M ${mode} ${object} ${path}\n${data}`);
}

test.each([
  ["a symlink", "120000", "/etc"],
  ["a submodule", "160000", "1".repeat(40)],
  ["a file", "100644", "x"],
])("%s in the place of a folder of ours stops the push, at any height", async (_, mode, content) => {
  for (const path of ["deploy", "deploy/clusters", "deploy/clusters/edge-1"]) {
    const repository = await newRepository();
    await plant(repository, mode, path, content);
    const wanted = { ...distOf("edge-1", { shop: "1" }), path: "deploy/clusters" };
    const error = await push(targetOf(repository), [wanted]).catch((each: unknown) => each);
    expect(error).toMatchObject({ code: "GIT_DIVERGED", faults: [{ path }] });
  }
});

test.each([
  ["a symlink", "120000", "/etc/passwd"],
  ["an executable file", "100755", manifest("1")],
  ["a submodule", "160000", "1".repeat(40)],
])("%s in the place of a file of ours is not ours", async (_, mode, content) => {
  const repository = await delivered();
  await plant(repository, mode, SHOP, content);
  const same = [distOf("edge-1", { shop: "1" })];
  await expect(push(targetOf(repository), same)).rejects.toMatchObject({ code: "GIT_DIVERGED" });
  await push(targetOf(repository), same, { overwrite: true });
  expect(await git(["-C", repository.folder, "ls-tree", "main", SHOP])).toMatch(/^100644 blob/);
});

test("a symlink in the place of a folder of a cloud is replaced, if it may be", async () => {
  const repository = await delivered();
  await plant(repository, "120000", "clusters/edge-1/clouds/shop", "/etc");
  await push(targetOf(repository), [distOf("edge-1", { shop: "1" })], { overwrite: true });
  expect((await repository.files())[SHOP]).toBe(manifest("1"));
});

test.each([
  ["a symlink", "120000", "/etc/passwd"],
  ["an executable file", "100755", ""],
  ["a submodule", "160000", "1".repeat(40)],
])("%s in the place of a marker of ours lets nothing be lost, and is replaced", async (_, mode, content) => {
  const repository = await delivered();
  const marker = "clusters/edge-1/.lcloud/lc-cloud-shop";
  await plant(repository, mode, marker, content);
  const changed = [distOf("edge-1", { shop: "2" })];
  await expect(push(targetOf(repository), changed)).rejects.toMatchObject({ code: "GIT_DIVERGED" });
  await push(targetOf(repository), changed, { overwrite: true });
  expect(await git(["-C", repository.folder, "ls-tree", "main", marker])).toMatch(/^100644 blob/);
});
