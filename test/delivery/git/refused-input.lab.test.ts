import { describe, expect, test } from "vitest";
import { distOf, push } from "./pushing.ts";
import { targetOf, testFolder } from "./repositories.ts";

const { newRepository } = testFolder();

describe("never given to git:", () => {
  test.each([
    "ext::sh -c 'touch /tmp/x'",
    "ext::touch%20/tmp/x",
    "fd::7",
    "git://example.test/x",
    "ftp://example.test/x",
    "--upload-pack=touch /tmp/x",
    "-oProxyCommand=touch",
    "-u@host:path",
    "git@-oProxyCommand=touch:path",
    "ssh://-oProxyCommand=touch/path",
    "ssh://-oProxyCommand=touch@host/path",
    "ssh://%2doProxyCommand=touch/path",
    "git@host:-path",
    "relative/path",
    "../up",
    "/a/../b",
    "https://user:secret@example.test/x",
    "https://ghp_0123456789abcdef0123456789abcdef0123@example.test/x",
    "https://example.test/x\n--upload-pack=touch",
    "",
  ])("repository %j", async (repository) => {
    const refused = await push({ repository, branch: "main" }, [distOf("edge-1", {})]).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "INVALID" });
    expect(String(refused)).not.toMatch(/secret|ghp_0/);
  });

  test.each([
    "--force",
    "-f",
    "a b",
    "a..b",
    "a:b",
    "+a",
    "a~1",
    "refs/heads/a",
    "HEAD",
    "a\nb",
    "@{-1}",
    "a.lock",
    "",
  ])("branch %j", async (branch) => {
    const repository = await newRepository();
    const mode = { kind: "pull-request", branch } as const;
    const wanted = [distOf("edge-1", {})];
    if (branch !== "+a") {
      await expect(push({ ...targetOf(repository), branch }, wanted)).rejects.toMatchObject({ code: "INVALID" });
      await expect(push(targetOf(repository), wanted, { mode })).rejects.toMatchObject({ code: "INVALID" });
      return;
    }
    await push({ ...targetOf(repository), branch }, wanted);
    expect(await repository.tip("+a")).toBeDefined();
  });

  test.each(["..", "a/../b", "/abs", "a//b", ".git", "a/.GIT", "--all", ":(glob)**", "a\0b", "x/.lcloud", ""])(
    "path %j",
    async (path) => {
      const repository = await newRepository();
      const wanted = [{ ...distOf("edge-1", {}), path }];
      await expect(push(targetOf(repository), wanted)).rejects.toMatchObject({ code: "INVALID" });
    },
  );

  test.each(["..", ".git", "-x", "a/b", "A", "a b", ""])("cluster %j", async (name) => {
    const repository = await newRepository();
    await expect(push(targetOf(repository), [distOf(name, {})])).rejects.toMatchObject({ code: "INVALID" });
  });

  test.each([
    ["file outside its cluster", "edge-2/cluster.json"],
    ["file outside of all", "edge-1/../../x"],
    ["file that is none of dist/", "edge-1/clouds/shop/.gitattributes"],
  ])("%s", async (_, path) => {
    const repository = await newRepository();
    const wanted = { name: "edge-1", path: "clusters", files: new Map([[path, Buffer.from("x")]]) };
    await expect(push(targetOf(repository), [wanted])).rejects.toMatchObject({ code: "INVALID" });
  });

  test("cluster within another", async () => {
    const repository = await newRepository();
    const wanted = [distOf("edge-1", {}), { ...distOf("edge-2", {}), path: "clusters/edge-1" }];
    await expect(push(targetOf(repository), wanted)).rejects.toMatchObject({ code: "INVALID" });
  });
});
