import { spawn } from "node:child_process";
import { once } from "node:events";
import { access } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { startLab } from "../lab/clusters.ts";
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
  await expectPlayed(await play(demo, process.env));
});

test("the demo plays on three clusters of one's own", async () => {
  await using lab = await startLab([{ name: "kind-a" }, { name: "kind-b" }, { name: "kind-c" }]);
  const { PATH } = process.env;
  const env = { ...process.env, PATH: `${dirname(lab.kubectl)}:${PATH}`, KUBECONFIG: lab.kubeconfig };
  const output = await play("npm run demo -- --contexts kind-a,kind-b,kind-c", env);
  await expectPlayed(output);
  expect(output).toContain("kubectl delete namespaces");
});
