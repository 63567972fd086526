import { afterEach, expect, test, vi } from "vitest";
import { gitIn } from "../../src/git/git.ts";

afterEach(() => vi.unstubAllEnvs());

test("where git is not installed, that is told without a stack", async () => {
  vi.stubEnv("PATH", "/nowhere");
  await expect(gitIn("/").run(["version"])).rejects.toMatchObject({ output: "Error: spawn git ENOENT" });
});
