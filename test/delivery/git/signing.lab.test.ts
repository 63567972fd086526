import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { git, type LabRepository } from "../../lab/git-repository.ts";
import { distOf, push } from "./pushing.ts";
import { targetOf, testFolder } from "./repositories.ts";

const { folder, newRepository } = testFolder();

afterEach(() => vi.unstubAllEnvs());

let keys = 0;

function newKey(): { readonly path: string; readonly publicKey: string } {
  const path = join(folder, `key-${++keys}`);
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "robot", "-f", path]);
  return { path, publicKey: readFileSync(`${path}.pub`, "utf8").trim() };
}

const verify = (repository: LabRepository, publicKey: string): Promise<string> => {
  const signers = join(folder, "signers");
  writeFileSync(signers, `robot@example.test ${publicKey}\n`);
  return git(["-C", repository.folder, "-c", `gpg.ssh.allowedSignersFile=${signers}`, "verify-commit", "main"]);
};

test("a commit is signed with the key of a file", async () => {
  const repository = await newRepository();
  const key = newKey();
  await push(targetOf(repository), [distOf("edge-1", {})], { sign: { key: key.path } });
  await verify(repository, key.publicKey);
  await expect(verify(repository, newKey().publicKey)).rejects.toThrow();
});

test("a commit is signed with a key that only the agent has", async () => {
  const repository = await newRepository();
  const key = newKey();
  const socket = join(folder, "agent");
  const agent = execFileSync("ssh-agent", ["-s", "-a", socket], { encoding: "utf8" });
  const pid = Number(/SSH_AGENT_PID=(\d+)/.exec(agent)?.[1]);
  try {
    vi.stubEnv("SSH_AUTH_SOCK", socket);
    execFileSync("ssh-add", ["-q", key.path]);
    writeFileSync(key.path, "");
    const literal = `key::${key.publicKey}`;
    await push(targetOf(repository), [distOf("edge-1", {})], { sign: { key: literal } });
    await verify(repository, key.publicKey);
  } finally {
    process.kill(pid);
  }
});

test.each([
  ["is missing", () => join(folder, "none")],
  ["is no key", () => writeKey("nonsense")],
])("with a key that %s nothing is pushed", async (_, path) => {
  const repository = await newRepository();
  const refused = push(targetOf(repository), [distOf("edge-1", {})], { sign: { key: path() } });
  await expect(refused).rejects.toMatchObject({ code: "SIGNING_FAILED" });
  expect(await repository.tip()).toBeUndefined();
});

function writeKey(content: string): string {
  const path = join(folder, "no-key");
  writeFileSync(path, content);
  return path;
}

test("a commit is somebody's: as the environment says, as the configuration says, or lcloud's", async () => {
  const repository = await newRepository();
  const config = join(folder, "gitconfig");
  const deliver = (value: string) => push(targetOf(repository), [distOf("edge-1", { shop: value })]);
  writeFileSync(config, "");
  vi.stubEnv("GIT_CONFIG_GLOBAL", config);
  vi.stubEnv("GIT_CONFIG_NOSYSTEM", "1");
  await deliver("1");
  writeFileSync(config, "[user]\nname = Configured\nemail = c@example.test\n");
  await deliver("2");
  vi.stubEnv("GIT_AUTHOR_NAME", "Robot");
  vi.stubEnv("GIT_AUTHOR_EMAIL", "r@example.test");
  await deliver("3");
  const authors = (await repository.log()).map(({ author }) => author);
  expect(authors).toEqual(["Robot <r@example.test>", "Configured <c@example.test>", "lcloud <lcloud@localhost>"]);
});
