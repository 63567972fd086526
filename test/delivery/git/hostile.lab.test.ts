import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { git, type LabRepository } from "../../lab/git-repository.ts";
import { startGitServer } from "../../lab/git-server.ts";
import { cloudPath, distOf, manifest, push } from "./pushing.ts";
import { targetOf, testFolder } from "./repositories.ts";

const { folder, newRepository } = testFolder();

afterEach(() => vi.unstubAllEnvs());

const SHOP = `clusters/${cloudPath("edge-1", "shop")}`;

describe("never given to git:", () => {
  test.each([
    "ext::sh -c 'touch /tmp/x'",
    "ext::touch%20/tmp/x",
    "fd::7",
    "git://example.test/x",
    "ftp://example.test/x",
    "--upload-pack=touch /tmp/x",
    "-oProxyCommand=touch",
    "-u@host:path",
    "git@-oProxyCommand=touch:path",
    "ssh://-oProxyCommand=touch/path",
    "ssh://-oProxyCommand=touch@host/path",
    "ssh://%2doProxyCommand=touch/path",
    "git@host:-path",
    "relative/path",
    "../up",
    "/a/../b",
    "https://user:secret@example.test/x",
    "https://ghp_0123456789abcdef0123456789abcdef0123@example.test/x",
    "https://example.test/x\n--upload-pack=touch",
    "",
  ])("repository %j", async (repository) => {
    const refused = await push({ repository, branch: "main" }, [distOf("edge-1", {})]).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "INVALID" });
    expect(String(refused)).not.toMatch(/secret|ghp_0/);
  });

  test.each([
    "--force",
    "-f",
    "a b",
    "a..b",
    "a:b",
    "+a",
    "a~1",
    "refs/heads/a",
    "HEAD",
    "a\nb",
    "@{-1}",
    "a.lock",
    "",
  ])("branch %j", async (branch) => {
    const repository = await newRepository();
    const mode = { kind: "pull-request", branch } as const;
    const wanted = [distOf("edge-1", {})];
    if (branch !== "+a") {
      await expect(push({ ...targetOf(repository), branch }, wanted)).rejects.toMatchObject({ code: "INVALID" });
      await expect(push(targetOf(repository), wanted, { mode })).rejects.toMatchObject({ code: "INVALID" });
      return;
    }
    await push({ ...targetOf(repository), branch }, wanted);
    expect(await repository.tip("+a")).toBeDefined();
  });

  test.each(["..", "a/../b", "/abs", "a//b", ".git", "a/.GIT", "--all", ":(glob)**", "a\0b", "x/.lcloud", ""])(
    "path %j",
    async (path) => {
      const repository = await newRepository();
      const wanted = [{ ...distOf("edge-1", {}), path }];
      await expect(push(targetOf(repository), wanted)).rejects.toMatchObject({ code: "INVALID" });
    },
  );

  test.each(["..", ".git", "-x", "a/b", "A", "a b", ""])("cluster %j", async (name) => {
    const repository = await newRepository();
    await expect(push(targetOf(repository), [distOf(name, {})])).rejects.toMatchObject({ code: "INVALID" });
  });

  test.each([
    ["file outside its cluster", "edge-2/cluster.json"],
    ["file outside of all", "edge-1/../../x"],
    ["file that is none of dist/", "edge-1/clouds/shop/.gitattributes"],
  ])("%s", async (_, path) => {
    const repository = await newRepository();
    const wanted = { name: "edge-1", path: "clusters", files: new Map([[path, Buffer.from("x")]]) };
    await expect(push(targetOf(repository), [wanted])).rejects.toMatchObject({ code: "INVALID" });
  });

  test("cluster within another", async () => {
    const repository = await newRepository();
    const wanted = [distOf("edge-1", {}), { ...distOf("edge-2", {}), path: "clusters/edge-1" }];
    await expect(push(targetOf(repository), wanted)).rejects.toMatchObject({ code: "INVALID" });
  });
});

/** A program that leaves a file where it ran. */
function trap(name: string): { readonly program: string; readonly hasRun: () => boolean } {
  const [program, mark] = [join(folder, `trap-${name}`), join(folder, `ran-${name}`)];
  writeFileSync(program, `#!/bin/sh\ntouch '${mark}'\ncat\n`, { mode: 0o755 });
  return { program, hasRun: () => existsSync(mark) };
}

/** Let the user's configuration be this. */
function configure(lines: readonly string[]): void {
  const path = join(folder, "gitconfig");
  writeFileSync(path, `${lines.join("\n")}\n`);
  vi.stubEnv("GIT_CONFIG_GLOBAL", path);
}

async function delivered(): Promise<LabRepository> {
  const repository = await newRepository();
  await push(targetOf(repository), [distOf("edge-1", { shop: "1" })]);
  return repository;
}

/** Contents in which filters, line ends and `$Id$` would show. */
const NASTY = 'a\r\nb\n$Id$\n"é"\t';

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

test("the user's own configuration of git does no harm", async () => {
  const run = trap("user");
  const hooks = join(folder, "hooks");
  mkdirSync(hooks);
  for (const hook of ["pre-push", "reference-transaction", "post-index-change", "pre-auto-gc", "commit-msg"]) {
    writeFileSync(join(hooks, hook), `#!/bin/sh\n${run.program} < /dev/null\n`, { mode: 0o755 });
  }
  const template = join(folder, "template");
  mkdirSync(join(template, "info"), { recursive: true });
  writeFileSync(join(template, "info", "attributes"), "* text eol=crlf\n");
  writeFileSync(join(template, "config"), `[credential]\nhelper = ${run.program}\n[core]\nautocrlf = true\n`);
  // its own side of a push would run the user's hooks for a repository of this machine
  await using server = await startGitServer();
  const credential = { username: "robot", password: "x" };
  const repository = await server.createRepository("fleet", { credential });
  const target = { repository: repository.url, branch: "main" };
  const answer = join(folder, "answer");
  writeFileSync(answer, "#!/bin/sh\necho username=robot\necho password=x\n", { mode: 0o755 });
  configure(["[credential]", `helper = ${answer}`]);
  await push(target, [distOf("edge-1", { shop: "1" })]);
  configure([
    ...["[credential]", `helper = ${answer}`],
    ...["[core]", `hooksPath = ${hooks}`, `fsmonitor = ${run.program}`, "autocrlf = true", "eol = crlf"],
    ...[`attributesFile = ${join(template, "info", "attributes")}`, "logAllRefUpdates = true", "quotePath = true"],
    ...["[init]", `templateDir = ${template}`, "defaultBranch = trunk", "[clone]", "defaultRemoteName = upstream"],
    ...[
      "rejectShallow = true",
      "[commit]",
      "gpgSign = true",
      "[tag]",
      "gpgSign = true",
      "[gpg]",
      `program = ${run.program}`,
    ],
    ...["[push]", "gpgSign = true", "followTags = true", "default = nothing", "pushOption = ci.skip"],
    ...[
      "recurseSubmodules = only",
      "[fetch]",
      "recurseSubmodules = true",
      "prune = true",
      "[submodule]",
      "recurse = true",
    ],
    ...["[protocol]", "version = 0", "allow = always", "[log]", "follow = true", "showSignature = true"],
    ...[
      "[safe]",
      "bareRepository = explicit",
      "directory = *",
      "[color]",
      "ui = always",
      "[i18n]",
      "commitEncoding = latin1",
    ],
    ...["[fetch]", "output = compact", "[alias]", `push = !${run.program}`, "[remote]", "pushDefault = elsewhere"],
  ]);
  const wanted = distOf("edge-1", { shop: "2" });
  const files = new Map([...wanted.files, [cloudPath("edge-1", "shop"), Buffer.from(NASTY)]]);
  await push(target, [{ ...wanted, files }]);
  expect(run.hasRun()).toBe(false);
  expect((await repository.files())[SHOP]).toBe(NASTY);
  expect(await repository.log()).toHaveLength(2);
});

test("url.insteadOf of the user leads where it says, and not to a program", async () => {
  const repository = await newRepository();
  configure([`[url "file://${folder}/"]`, "insteadOf = https://git.example.test/"]);
  const name = repository.folder.slice(folder.length + 1);
  await push({ repository: `https://git.example.test/${name}`, branch: "main" }, [distOf("edge-1", { shop: "1" })]);
  expect(await repository.log()).toHaveLength(1);
  const run = trap("ext");
  configure([`[url "ext::${run.program} "]`, "insteadOf = https://git.example.test/", "[protocol]", "allow = always"]);
  const target = { repository: "https://git.example.test/x", branch: "main" };
  await expect(push(target, [distOf("edge-1", {})])).rejects.toMatchObject({ code: "GIT_FAILED" });
  expect(run.hasRun()).toBe(false);
});

test("variables of a hook that has started us lead git nowhere", async () => {
  const repository = await newRepository();
  const other = await newRepository();
  vi.stubEnv("GIT_DIR", other.folder);
  vi.stubEnv("GIT_WORK_TREE", folder);
  vi.stubEnv("GIT_INDEX_FILE", join(folder, "index"));
  vi.stubEnv("GIT_OBJECT_DIRECTORY", join(other.folder, "objects"));
  vi.stubEnv("GIT_NAMESPACE", "x");
  vi.stubEnv("EDITOR", "false");
  vi.stubEnv("PAGER", "false");
  await push(targetOf(repository), [distOf("edge-1", { shop: "1" })]);
  vi.unstubAllEnvs();
  expect(await repository.log()).toHaveLength(1);
  expect(await other.log()).toEqual([]);
});

test("nothing is left in the folder of temporary files", async () => {
  const temporary = join(folder, "tmp");
  mkdirSync(temporary);
  vi.stubEnv("TMPDIR", temporary);
  expect(tmpdir()).toBe(temporary);
  const repository = await delivered();
  const vanished = push(targetOf(repository), [distOf("edge-2", {})]);
  await expect(vanished).rejects.toMatchObject({ code: "CLOUD_VANISHED" });
  expect(readdirSync(temporary)).toEqual([]);
});
