import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createPrivateFile, readPrivateFile, writePrivateFile } from "../../src/keys/private-file.ts";

let folder = "";
let path = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lcloud-files-"));
  path = join(folder, "kubeconfigs", "shop", "ada.yaml");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const keyStoreError = expect.objectContaining({ name: "CloudError", code: "KEY_STORE" });

test("a private file is for its owner only, and is read as it was written", async () => {
  await writePrivateFile(path, "à\n");
  expect(await readPrivateFile(path)).toBe("à\n");
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await stat(join(folder, "kubeconfigs"))).mode & 0o777).toBe(0o700);
});

test("a file that was open to others is closed when it is written", async () => {
  await writePrivateFile(path, "old");
  await chmod(path, 0o644);
  await expect(readPrivateFile(path)).rejects.toThrow(keyStoreError);
  await writePrivateFile(path, "new");
  expect(await readPrivateFile(path)).toBe("new");
});

test("a file that is not there is read as undefined, and so is one in no folder", async () => {
  expect(await readPrivateFile(join(folder, "none"))).toBeUndefined();
  expect(await readPrivateFile(path)).toBeUndefined();
});

test("a folder that is everybody's is not to be closed, as a folder of one's own is", async () => {
  await chmod(folder, 0o1777);
  await expect(readPrivateFile(join(folder, "key"))).rejects.toThrow(
    /everybody's; put it into a folder of yours alone$/,
  );
  await chmod(folder, 0o770);
  await expect(readPrivateFile(join(folder, "key"))).rejects.toThrow(`others may write in it; chmod 700 ${folder}`);
});

test("a symlink is replaced, and what it points to stays", async () => {
  const target = join(folder, "target");
  await writeFile(target, "theirs", { mode: 0o600 });
  await mkdir(join(folder, "private"), { mode: 0o700 });
  await symlink(target, join(folder, "private", "link"));
  await writePrivateFile(join(folder, "private", "link"), "ours");
  expect(await readFile(target, "utf8")).toBe("theirs");
  expect(await readPrivateFile(join(folder, "private", "link"))).toBe("ours");
});

test("readers see an old text or a new one, whole, and no other file stays behind", async () => {
  const texts = Array.from({ length: 20 }, (_, index) => String(index % 10).repeat(100_000));
  await writePrivateFile(path, "x");
  const writing = Promise.all(texts.map((text) => writePrivateFile(path, text)));
  let written = false;
  writing.finally(() => {
    written = true;
  });
  const whole = new Set([...texts, "x"]);
  while (!written) expect(whole.has((await readPrivateFile(path)) ?? "")).toBe(true);
  await writing;
  expect(await readdir(join(folder, "kubeconfigs", "shop"))).toEqual(["ada.yaml"]);
});

test("a writer that is killed leaves a whole text", async () => {
  const url = JSON.stringify(new URL("../../src/keys/private-file.ts", import.meta.url).href);
  const program = `
    import { writePrivateFile } from ${url};
    for (let round = 0; ; round++) {
      await writePrivateFile(${JSON.stringify(path)}, String(round % 10).repeat(1_000_000));
      if (round === 3) process.stdout.write("writing");
    }`;
  const writer = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(writer.stdout, "data");
  writer.kill("SIGKILL");
  await once(writer, "exit");
  expect(await readPrivateFile(path)).toMatch(/^(\d)\1{999999}$/);
});

test("of many who create a file one does, and its text stays", async () => {
  const texts = Array.from({ length: 20 }, (_, index) => `${index}`);
  const made = await Promise.all(texts.map((text) => createPrivateFile(path, text)));
  expect(made.filter(Boolean)).toHaveLength(1);
  expect(await readPrivateFile(path)).toBe(texts[made.indexOf(true)]);
  expect(await readdir(join(folder, "kubeconfigs", "shop"))).toEqual(["ada.yaml"]);
});

test("a write that fails leaves nothing behind", async () => {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await expect(writePrivateFile(path, "text")).rejects.toThrow(keyStoreError);
  expect(await readdir(join(folder, "kubeconfigs", "shop"))).toEqual(["ada.yaml"]);
});

test("nothing is written into a folder in which others may write", async () => {
  await mkdir(join(folder, "open"));
  await chmod(join(folder, "open"), 0o777);
  await expect(writePrivateFile(join(folder, "open", "file"), "text")).rejects.toThrow(keyStoreError);
  expect(await readdir(join(folder, "open"))).toEqual([]);
});
