import { spawn } from "node:child_process";
import { once } from "node:events";
import { access } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { type Lab, startLab } from "../lab/clusters.ts";
import { startCoreDns } from "../lab/coredns.ts";
import { defaultCorefile } from "../lab/default-corefiles.ts";
import { startKubelet } from "../lab/kubelet.ts";
import { waitFor } from "../lab/wait.ts";
import { examplesOf } from "./documents.ts";
import { run } from "./run.ts";

/** Play the demo to its end, then press Ctrl-C. */
async function play(command: string, env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn("sh", ["-c", command], { cwd: join(import.meta.dirname, "..", ".."), env, detached: true });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk));
  const ended = once(child, "close");
  const end = (): boolean => output.includes("Ctrl-C") || child.exitCode !== null;
  try {
    await waitFor(
      () => `the demo said\n${output}`,
      () => end() || undefined,
      110_000,
    );
    if (child.exitCode !== null) throw new Error(`the demo ended by itself\n${output}`);
  } finally {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, "SIGINT");
    await ended;
  }
  return output;
}

async function expectPlayed(output: string): Promise<void> {
  const folder = /^\$ cd (.*)$/m.exec(output)?.[1] ?? "";
  expect(output).toContain(`${folder}/.lcloud/kubeconfigs/storefront/ana.yaml`);
  for (const shown of ["$ lcloud enroll", "$ lcloud up", "$ lcloud status", "exceeded quota", "Ctrl-C"]) {
    expect(output).toContain(shown);
  }
  expect(output).toMatch(/pods is forbidden: User "lc:storefront:ana"/);
  await expect(access(folder)).rejects.toMatchObject({ code: "ENOENT" });
}

/** Clouds by the clusters that play, and a Service of each by its name in the zone. */
const NAMES = [
  ["storefront", "web.storefront"],
  ["storefront", "api.storefront-api.storefront"],
  ["payments", "gateway.payments"],
  ["platform-ci", "cache.platform-ci"],
] as const;

const MORE_NAMES = [
  ["data-ml", "models.data-ml-serve.data-ml"],
  ["contractor-acme", "trial.acme"],
] as const;

/** `lcloud dns check` has found every name of every cloud. */
function expectZones(output: string): void {
  const isRight = (cluster: string) => (name: readonly [string, string]) =>
    expect(output).toMatch(new RegExp(`^${[cluster, ...name].join(" +")} +[\\d.]+ +ok$`, "m"));
  for (const cluster of ["eks-prod-eu", "gke-staging-eu", "k3s-dev-office"]) NAMES.forEach(isRight(cluster));
  MORE_NAMES.forEach(isRight("k3s-dev-office"));
  expect(output).not.toMatch(/zones? not right/);
}

test.each([
  ["an option that there is not", ["--context", "kind-a"]],
  ["an argument", ["kind-a"]],
  ["too few contexts", ["--contexts", "kind-a,kind-b"]],
  ["an empty context", ["--contexts", "kind-a,,kind-b"]],
])("%s is wrong usage of the demo", async (_, args) => {
  const folder = join(import.meta.dirname, "..", "..");
  const demo = ["-C", "source", "test/lab/demo.ts", ...args];
  const { code, stdout, stderr } = await run(process.execPath, demo, { cwd: folder, env: process.env });
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(/^demo: .+\nUsage: .+--contexts.+\n$/);
});

test("the demo of the README shows what it says, and leaves nothing behind after Ctrl-C", async () => {
  const [first] = examplesOf("README.md").filter(({ language }) => language === "sh");
  const [install, demo = ""] = first?.text.trim().split("\n") ?? [];
  expect(install).toBe("npm ci"); // this very folder is what it has installed
  const output = await play(demo, process.env);
  await expectPlayed(output);
  expectZones(output);
});

const CONTEXTS = ["kind-a", "kind-b", "kind-c"] as const;

test("the demo plays on three clusters of one's own, without zones where not all have a CoreDNS", async () => {
  await using lab = await startLab(CONTEXTS.map((name) => ({ name })));
  await using _ = await startCoreDns(lab.clusters["kind-a"], { corefile: await defaultCorefile("kind") });
  const output = await playOn(lab);
  await expectPlayed(output);
  expect(output).toContain("the clouds have no DNS zones here");
  expect(output).toContain("kubectl delete namespaces");
});

test("the demo puts zones into the CoreDNS of clusters of one's own, however that is installed", async () => {
  await using lab = await startLab(CONTEXTS.map((name) => ({ name })));
  await using started = new AsyncDisposableStack();
  for (const [name, distribution] of [
    ["kind-a", "kind"],
    ["kind-b", "aks"],
    ["kind-c", "kubeadm"],
  ] as const) {
    const dns = started.use(await startCoreDns(lab.clusters[name], { corefile: await defaultCorefile(distribution) }));
    started.defer(await startKubelet(lab.clusters[name], dns.pods));
  }
  const output = await playOn(lab);
  await expectPlayed(output);
  expectZones(output);
  expect(output).toContain("lcloud post-sync --revert-dns");
});

async function playOn({ kubectl, kubeconfig }: Lab): Promise<string> {
  const { PATH } = process.env;
  const env = { ...process.env, PATH: `${dirname(kubectl)}:${PATH}`, KUBECONFIG: kubeconfig };
  return play(`npm run demo -- --contexts ${CONTEXTS.join()}`, env);
}
