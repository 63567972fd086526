import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startArgoCd } from "./argocd.ts";
import { labBinary } from "./binaries.ts";
import { startLab } from "./clusters.ts";
import { startFlux } from "./flux.ts";
import { hasRedis } from "./redis.ts";
import { waitFor } from "./wait.ts";

/** Where the labs of a test put their folders; their processes name it in their arguments or environment. */
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
  const { parent, kubeconfig } = await startInOtherProcess(`
    const { startLab } = await load("clusters.ts");
    console.log((await startLab([{ name: "a" }])).kubeconfig);`);
  expect(existsSync(kubeconfig)).toBe(true);
  expect(await processes()).not.toEqual([]);
  const ended = once(parent, "exit");
  parent.kill(signal);
  await ended;
  await waitFor("the end of all processes", async () => (await processes()).length === 0 || undefined);
  expect(existsSync(dirname(kubeconfig))).toBe(false);
});

test.skipIf(!(await hasRedis()))("stopped agents leave no process and no file", async () => {
  await using lab = await startLab([{ name: "a" }]);
  const before = await entries();
  const flux = await startFlux(lab.clusters.a);
  const argocd = await startArgoCd(lab.clusters.a);
  expect((await entries()).length).toBeGreaterThan(before.length);
  await flux.stop();
  await argocd.stop();
  expect(await entries()).toEqual(before);
});

test("an agent that cannot start says why, and leaves nothing", async () => {
  await using lab = await startLab([{ name: "a" }]);
  const before = await entries();
  await writeFile(lab.clusters.a.kubeconfig, "no kubeconfig");
  await expect(startFlux(lab.clusters.a)).rejects.toThrow("kubeconfig");
  expect(await entries()).toEqual(before);
});

test.skipIf(!(await hasRedis()))("agents whose parent is killed leave nothing", async () => {
  const { parent } = await startInOtherProcess(`
    const { startLab } = await load("clusters.ts");
    const { startFlux } = await load("flux.ts");
    const { startArgoCd } = await load("argocd.ts");
    const { clusters, kubeconfig } = await startLab([{ name: "a" }]);
    await startFlux(clusters.a);
    await startArgoCd(clusters.a);
    console.log(kubeconfig);`);
  expect(await processes()).not.toEqual([]);
  const ended = once(parent, "exit");
  parent.kill("SIGKILL");
  await ended;
  await waitFor("the end of all processes", async () => (await entries()).length === 0 || undefined);
});

test("commands that are built are not built again", async () => {
  const lines: string[] = [];
  for (const command of ["etcd", "kube-apiserver", "kubectl"] as const) {
    await labBinary(command, (line) => lines.push(line));
  }
  expect(lines).toEqual([]);
});

/** @param program - It prints a file of the lab when the lab is ready, and stays. */
async function startInOtherProcess(program: string) {
  const load = `const load = (file) => import(${JSON.stringify(`${import.meta.dirname}/`)} + file);`;
  const parent = spawn(process.execPath, ["-C", "source", "--input-type=module", "--eval", load + program], {
    env: { ...process.env, TMPDIR: scratch },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [kubeconfig] = await once(createInterface(parent.stdout), "line");
  return { parent, kubeconfig: String(kubeconfig) };
}

/** What a lab must not leave: processes, by their first words, and folders. */
async function entries(): Promise<readonly string[]> {
  const commands = (await processes()).map((line) => line.split(" ", 3).join(" "));
  return [...commands, ...readdirSync(scratch)].sort();
}

/** Command lines, with their environment, that name the scratch folder, in whatever state their parents left them but dead. */
async function processes(): Promise<readonly string[]> {
  const env = { PATH: process.env["PATH"] };
  const { stdout } = await promisify(execFile)("ps", ["axeww", "-o", "args="], { maxBuffer: 2 ** 26, env });
  return stdout.split("\n").filter((line) => line.includes(scratch));
}
