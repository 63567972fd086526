import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { labBinary } from "./binaries.ts";
import { startLab } from "./clusters.ts";
import { waitFor } from "./wait.ts";

/** Where the labs of a test put their folders; their processes name it in their arguments. */
let scratch = "";

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "lcloud-lifetime-"));
  vi.stubEnv("TMPDIR", scratch);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(scratch, { recursive: true, force: true });
});

test("a stopped lab leaves no process and no file", async () => {
  const lab = await startLab([{ name: "a" }]);
  expect(await processes()).not.toEqual([]);
  await lab.stop();
  expect(await processes()).toEqual([]);
  expect(readdirSync(scratch)).toEqual([]);
});

test("a cluster that cannot start shows the end of the right log, and leaves nothing", async () => {
  const oidc = {
    issuer: "http://127.0.0.1", // kube-apiserver takes https only
    certificateAuthority: "",
    clientId: "lab",
    usernameClaim: "sub",
    usernamePrefix: "sso:",
  };
  await expect(startLab([{ name: "good" }, { name: "bad", oidc }])).rejects.toThrow(
    /kube-apiserver of bad ended with exit code 1\n.*URL scheme must be https/s,
  );
  expect(await processes()).toEqual([]);
  expect(readdirSync(scratch)).toEqual([]);
});

test.each(["SIGKILL", "SIGINT"] as const)("a lab whose parent ends by %s leaves nothing", async (signal) => {
  const { parent, kubeconfig } = await startInOtherProcess();
  expect(existsSync(kubeconfig)).toBe(true);
  expect(await processes()).not.toEqual([]);
  const ended = once(parent, "exit");
  parent.kill(signal);
  await ended;
  await waitFor("the end of all processes", async () => (await processes()).length === 0 || undefined);
  expect(existsSync(dirname(kubeconfig))).toBe(false);
});

test("commands that are built are not built again", async () => {
  const lines: string[] = [];
  for (const command of ["etcd", "kube-apiserver", "kubectl"] as const) {
    await labBinary(command, (line) => lines.push(line));
  }
  expect(lines).toEqual([]);
});

async function startInOtherProcess() {
  const program = `
    const { startLab } = await import(${JSON.stringify(join(import.meta.dirname, "clusters.ts"))});
    console.log((await startLab([{ name: "a" }])).kubeconfig);`;
  const parent = spawn(process.execPath, ["-C", "source", "--input-type=module", "--eval", program], {
    env: { ...process.env, TMPDIR: scratch },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [kubeconfig] = await once(createInterface(parent.stdout), "line");
  return { parent, kubeconfig: String(kubeconfig) };
}

/** Command lines that name the scratch folder, in whatever state their parents left them but dead. */
async function processes(): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "args="], { maxBuffer: 2 ** 24 });
  return stdout.split("\n").filter((line) => line.includes(scratch));
}
