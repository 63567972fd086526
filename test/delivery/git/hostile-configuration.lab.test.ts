import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { startGitServer } from "../../lab/git-server.ts";
import { hostileTo, NASTY } from "./hostile.ts";
import { cloudPath, distOf, push } from "./pushing.ts";
import { targetOf, testFolder } from "./repositories.ts";

const { folder, newRepository } = testFolder();
const { trap, configure } = hostileTo(folder);

const SHOP = `clusters/${cloudPath("edge-1", "shop")}`;

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
  const repository = await newRepository();
  await push(targetOf(repository), [distOf("edge-1", { shop: "1" })]);
  const vanished = push(targetOf(repository), [distOf("edge-2", {})]);
  await expect(vanished).rejects.toMatchObject({ code: "CLOUD_VANISHED" });
  expect(readdirSync(temporary)).toEqual([]);
});
