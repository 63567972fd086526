import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { findSshd, type Sshd, startSshd } from "../../lab/sshd.ts";
import { distOf, push } from "./pushing.ts";
import { testFolder } from "./repositories.ts";

/** What .ci/run installs. */
const lawOf = test.skipIf((await findSshd()) === undefined);

const { folder, newRepository } = testFolder();
const [key, strangers] = [join(folder, "key"), join(folder, "strangers-key")];
const knownHosts = join(folder, "known_hosts");
let sshd: Sshd;

beforeAll(async () => {
  if ((await findSshd()) === undefined) return;
  for (const file of [key, strangers]) {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "robot", "-f", file]);
  }
  sshd = await startSshd([readFileSync(`${key}.pub`, "utf8").trim()]);
  writeFileSync(knownHosts, sshd.knownHost);
});
afterEach(() => vi.unstubAllEnvs());
afterAll(() => sshd?.stop());

/** Have git call ssh with these options, and nothing of the user's own. */
function withSsh(options: string, hosts = knownHosts): void {
  vi.stubEnv(
    "GIT_SSH_COMMAND",
    `ssh -F /dev/null -o UserKnownHostsFile=${hosts} -o GlobalKnownHostsFile=none ${options}`,
  );
}

async function pushTo(path?: string) {
  const repository = await newRepository();
  const target = { repository: `${sshd.url}${path ?? repository.folder}`, branch: "main" };
  return { repository, report: await push(target, [distOf("edge-1", { shop: "1" })]) };
}

lawOf("a key in a file opens the server", async () => {
  withSsh(`-i ${key} -o IdentitiesOnly=yes`);
  const { repository, report } = await pushTo();
  expect(await repository.tip()).toBe(report.commit);
});

lawOf("a key that only the agent has opens the server", async () => {
  const socket = join(folder, "agent");
  const agent = execFileSync("ssh-agent", ["-s", "-a", socket], { encoding: "utf8" });
  try {
    vi.stubEnv("SSH_AUTH_SOCK", socket);
    execFileSync("ssh-add", ["-q", key]);
    withSsh("-o IdentityFile=none");
    const { repository, report } = await pushTo();
    expect(await repository.tip()).toBe(report.commit);
  } finally {
    process.kill(Number(/SSH_AGENT_PID=(\d+)/.exec(agent)?.[1]));
  }
});

lawOf.each([
  ["without a key", () => "-o IdentityFile=none -o IdentityAgent=none"],
  ["with a key of somebody else", () => `-i ${strangers} -o IdentitiesOnly=yes`],
])("%s nobody is asked, and it is said what is missing", async (_, options) => {
  withSsh(options());
  await expect(pushTo()).rejects.toMatchObject({
    code: "UNAUTHORIZED",
    message: expect.stringContaining("ssh key"),
  });
});

lawOf.each([
  ["unknown", () => "", "add it to known_hosts"],
  [
    "another",
    () => sshd.knownHost.replace(/ssh-ed25519 .*/, readFileSync(`${strangers}.pub`, "utf8")),
    "may be another server",
  ],
])("a host key that is %s is not taken, and it is said what to do", async (_, known, remedy) => {
  const hosts = join(folder, "other_hosts");
  writeFileSync(hosts, known());
  withSsh(`-i ${key} -o IdentitiesOnly=yes`, hosts);
  await expect(pushTo()).rejects.toMatchObject({
    code: "UNREACHABLE",
    message: expect.stringContaining(remedy),
  });
});

lawOf("a repository that is not there is told as such", async () => {
  withSsh(`-i ${key} -o IdentitiesOnly=yes`);
  await expect(pushTo(join(folder, "missing.git"))).rejects.toMatchObject({ code: "NOT_FOUND" });
});
