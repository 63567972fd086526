import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { type ServedRepository, startGitServer } from "../../lab/git-server.ts";
import { distOf, push } from "./pushing.ts";
import { testFolder } from "./repositories.ts";

const { folder, newRepository } = testFolder();

afterEach(() => vi.unstubAllEnvs());

const CREDENTIAL = { username: "robot", password: "s3cret-t0ken" };

function program(name: string, lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, ["#!/bin/sh", ...lines, ""].join("\n"), { mode: 0o755 });
  return path;
}

const helperOf = (password: string): string =>
  program(`helper-${password}`, ['test "$1" = get || exit 0', `echo username=robot`, `echo password=${password}`]);

const askpass = (): string =>
  program("askpass", ['case "$1" in Username*) echo robot;; *)', `echo ${CREDENTIAL.password};; esac`]);

function configure(...lines: readonly string[]): void {
  const path = join(folder, "gitconfig");
  writeFileSync(path, `${lines.join("\n")}\n`);
  vi.stubEnv("GIT_CONFIG_GLOBAL", path);
}

const deliver = ({ url }: ServedRepository) =>
  push({ repository: url, branch: "main" }, [distOf("edge-1", { a: "1" })]);

test.each([
  ["a credential helper", () => configure("[credential]", `helper = ${helperOf(CREDENTIAL.password)}`)],
  ["GIT_ASKPASS", () => vi.stubEnv("GIT_ASKPASS", askpass())],
  ["core.askPass", () => configure("[core]", `askPass = ${askpass()}`)],
  [
    "variables that hold a helper, as continuous integration sets them",
    () => {
      vi.stubEnv("GIT_CONFIG_COUNT", "1");
      vi.stubEnv("GIT_CONFIG_KEY_0", "credential.helper");
      vi.stubEnv("GIT_CONFIG_VALUE_0", helperOf(CREDENTIAL.password));
    },
  ],
  [
    "variables that hold a header, as continuous integration sets them",
    () => {
      vi.stubEnv("GIT_CONFIG_COUNT", "1");
      vi.stubEnv("GIT_CONFIG_KEY_0", "http.extraHeader");
      const token = Buffer.from(`${CREDENTIAL.username}:${CREDENTIAL.password}`).toString("base64");
      vi.stubEnv("GIT_CONFIG_VALUE_0", `Authorization: Basic ${token}`);
    },
  ],
])("%s answers the server", async (_, arrange) => {
  await using server = await startGitServer();
  const repository = await server.createRepository("fleet", { credential: CREDENTIAL });
  arrange();
  expect((await deliver(repository)).commit).toBe(await repository.tip());
});

test.each([
  ["without a credential", () => configure("[user]")],
  ["with a wrong one", () => configure("[credential]", `helper = ${helperOf("wr0ng-t0ken")}`)],
])("%s nobody is asked, and nothing secret is told", async (_, arrange) => {
  await using server = await startGitServer();
  const repository = await server.createRepository("fleet", { credential: CREDENTIAL });
  arrange();
  const refused = await deliver(repository).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: "UNAUTHORIZED" });
  expect(String(refused)).not.toMatch(/s3cret|wr0ng/);
});

test("what a server prints is told without credentials and without control of the terminal", async () => {
  await using server = await startGitServer();
  const printed =
    "see https://robot:s3cret-t0ken@git.example.test/x \\033]0;owned\\007\\033[31mno\\033[0m glpat-0123456789abcdef";
  const preReceive = `printf '${printed}\\n' >&2; exit 1`;
  const repository = await server.createRepository("fleet", { preReceive });
  const refused = String(await deliver(repository).catch((error: unknown) => error));
  expect(refused).toContain("see https://***@git.example.test/x");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  expect(refused).not.toMatch(/s3cret|glpat-0|[\x00-\x08\x0b-\x1f]/);
});

test("GIT_SSH_COMMAND is how ssh is called, with paths from the working directory", async () => {
  const repository = await newRepository();
  const log = join(folder, "ssh.log");
  const lines = [`echo "$*" >> ${log}`, "while test $# -gt 1; do shift; done", `exec sh -c "$1"`];
  const ssh = program("ssh", lines);
  vi.stubEnv("GIT_SSH_COMMAND", `${ssh} -i ./deploy-key`);
  vi.stubEnv("GIT_SSH_VARIANT", "ssh");
  await push({ repository: `ssh://git@git.example.test${repository.folder}`, branch: "main" }, [distOf("edge-1", {})]);
  await push({ repository: `git@git.example.test:${repository.folder}`, branch: "scp" }, [distOf("edge-1", {})], {
    createBranch: true,
  });
  expect(await repository.log()).toHaveLength(1);
  expect(await repository.log("scp")).toHaveLength(1);
});

test("an ssh key that the server refuses is told as such", async () => {
  vi.stubEnv(
    "GIT_SSH_COMMAND",
    program("refuses", ["echo 'git@host: Permission denied (publickey).' >&2", "exit 255"]),
  );
  const target = { repository: "git@git.example.test:x.git", branch: "main" };
  await expect(push(target, [distOf("edge-1", {})])).rejects.toMatchObject({ code: "UNAUTHORIZED" });
});
