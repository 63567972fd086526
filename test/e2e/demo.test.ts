import { spawn } from "node:child_process";
import { once } from "node:events";
import { access } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { waitFor } from "../lab/wait.ts";
import { examplesOf } from "./documents.ts";

test("the demo of the README shows what it says, and leaves nothing behind after Ctrl-C", async () => {
  const [first] = examplesOf("README.md").filter(({ language }) => language === "sh");
  const [install, demo = ""] = first?.text.trim().split("\n") ?? [];
  expect(install).toBe("npm ci"); // this very folder is what it has installed
  const child = spawn("sh", ["-c", demo], { cwd: join(import.meta.dirname, "..", ".."), detached: true });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk));
  const ended = once(child, "close");
  try {
    await waitFor(
      () => `the demo said\n${output}`,
      () => output.includes("Ctrl-C") || child.exitCode !== null || undefined,
      110_000,
    );
  } finally {
    process.kill(-(child.pid ?? 0), "SIGINT");
    await ended;
  }
  for (const shown of ["$ lcloud enroll", "$ lcloud up", "$ lcloud status", "exceeded quota", "ana.yaml", "Ctrl-C"]) {
    expect(output).toContain(shown);
  }
  expect(output).toMatch(/pods is forbidden: User "lc:storefront:ana"/);
  const folder = /^\$ cd (.*)$/m.exec(output)?.[1] ?? "";
  await expect(access(folder)).rejects.toMatchObject({ code: "ENOENT" });
});
