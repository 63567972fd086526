import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { labBinary } from "../lab/binaries.ts";
import { createDemoRepository, type DemoRepository } from "../lab/demo-repository.ts";
import { newKey } from "../sops/secrets.ts";
import { examplesOf, filesOf } from "./documents.ts";
import { outputOf, run } from "./run.ts";

const GUIDE = "docs/secrets.md";

let repository: DemoRepository;
let home: string;

/** The repository that the guide describes. */
beforeAll(async () => {
  repository = await createDemoRepository({ kubectl: await labBinary("kubectl") });
  home = await mkdtemp(join(tmpdir(), "lcloud-home-"));
  await rm(join(repository.folder, "clouds"), { recursive: true });
  await mkdir(join(repository.folder, "clouds"));
  for (const [path, text] of filesOf(examplesOf(GUIDE))) await writeFile(join(repository.folder, path), text);
});

afterAll(async () => {
  await repository?.remove();
  await rm(home, { recursive: true, force: true });
});

test("the commands of the guide to secrets do what it says", async () => {
  const key = await newKey();
  await writeFile(join(home, "keys.txt"), `${key.identity}\n`, { mode: 0o600 });
  await writeFile(join(home, "password.txt"), "hunter2hunter2");
  const path = `${repository.bin}:${process.env["PATH"]}`;
  const env = { ...process.env, HOME: home, PATH: path, RECIPIENT: key.recipient };
  const shell = async (script: string): Promise<string> =>
    outputOf(await run("sh", ["-euc", script], { cwd: repository.folder, env }));
  await shell("git init --quiet");
  const commands = examplesOf(GUIDE).filter(({ language }) => language === "sh");
  const printed: string[] = [];
  for (const { text } of commands) printed.push(await shell(text));
  const file = "clouds/secrets/shop/database.sops.yaml";
  expect([printed[0], printed[2]?.split("\n")[0]]).toEqual([`${file} created\n`, `${file} changed`]);
  for (const cluster of ["prod-eu", "prod-us"]) {
    const rendered = await readFile(join(repository.folder, "dist", cluster, "clouds/shop/cloud.k8s.yaml"), "utf8");
    expect(rendered).toMatch(/^kind: Secret$/m);
    expect(rendered).not.toMatch(/hunter2|another/);
  }
});

test("every example of the guide is run by a test, or is none", () => {
  const unnamed = examplesOf(GUIDE).filter(
    ({ language, text }) => language !== "sh" && !(language === "ts" && text.startsWith("// clouds/")),
  );
  expect(unnamed).toEqual([]);
});
