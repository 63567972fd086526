import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { afterEach, expect, test, vi } from "vitest";
import { distOf, push } from "./pushing.ts";
import { testFolder } from "./repositories.ts";

const { folder, newRepository } = testFolder();

afterEach(() => vi.unstubAllEnvs());

/** In the place of ssh: runs the last argument here, and gives it what it is sent 8 KiB at a time, each time a while later. */
const SLOW_SSH = `#!${process.execPath}
const { spawn } = require("node:child_process");
const { setTimeout } = require("node:timers/promises");
const child = spawn("sh", ["-c", process.argv.at(-1)], { stdio: ["pipe", "inherit", "inherit"] });
child.on("close", (code) => process.exit(code));
child.stdin.on("error", () => {});
void (async () => {
  for await (const chunk of process.stdin)
    for (let at = 0; at < chunk.length; at += 8192) {
      child.stdin.write(chunk.subarray(at, at + 8192));
      if (chunk.length >= 8192) await setTimeout(80);
    }
  child.stdin.end();
})();
`;

function throttled(): void {
  const ssh = join(folder, "slow-ssh.cjs");
  writeFileSync(ssh, SLOW_SSH, { mode: 0o755 });
  vi.stubEnv("GIT_SSH_COMMAND", ssh);
  vi.stubEnv("GIT_SSH_VARIANT", "ssh");
}

/** More than the time of silence at this speed: 512 KiB, that no compression makes less. */
function largeDist() {
  const { files, ...rest } = distOf("edge-1", {});
  const content = Buffer.from(randomBytes(384 * 1024).toString("base64"));
  return { ...rest, files: new Map([...files, ["edge-1/clouds/shop/cloud.k8s.yaml", content]]) };
}

const SILENCE_MS = 2500;

test("an upload may take longer than a server may be silent", async () => {
  const repository = await newRepository();
  throttled();
  const target = { repository: `git@git.example.test:${repository.folder}`, branch: "main" };
  const start = performance.now();
  const report = await push(target, [largeDist()], { timeoutMs: SILENCE_MS });
  expect(await repository.tip()).toBe(report.commit);
  expect(performance.now() - start).toBeGreaterThan(SILENCE_MS);
});

test("a refusal after progress is told without that", async () => {
  const repository = await newRepository({ preReceive: "echo 'error: GH006: no' >&2; exit 1" });
  const target = { repository: `file://${repository.folder}`, branch: "main" };
  const error = await push(target, [largeDist()]).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: "PUSH_DECLINED", message: expect.stringContaining("GH006: no") });
  expect(String(error)).not.toMatch(/objects|delta/i);
});
