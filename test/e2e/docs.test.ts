import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Lab, startLab } from "../lab/clusters.ts";
import { createDemoRepository, type DemoRepository } from "../lab/demo-repository.ts";
import { examplesOf, filesOf } from "./documents.ts";
import { type Outcome, outputOf, run } from "./run.ts";

const HERE = join(import.meta.dirname, "..", "..");

const TSCONFIG = {
  extends: join(HERE, "tsconfig.json"),
  include: ["clouds", join(HERE, "src/x509/*.d.ts")],
  compilerOptions: { typeRoots: [join(HERE, "node_modules/@types")] },
};

let lab: Lab;
let repository: DemoRepository;
let home: string;

/** The repository that the guide to clouds describes, beside the clusters of its fleet. */
beforeAll(async () => {
  lab = await startLab([{ name: "prod-eu" }, { name: "prod-us" }, { name: "dev" }]);
  repository = await createDemoRepository({ kubectl: lab.kubectl });
  home = await mkdtemp(join(tmpdir(), "lcloud-home-"));
  const clouds = join(repository.folder, "clouds");
  await rm(clouds, { recursive: true });
  await mkdir(clouds);
  for (const [path, text] of filesOf(examplesOf("docs/clouds.md")))
    await writeFile(join(repository.folder, path), text);
  await writeFile(join(repository.folder, "tsconfig.json"), JSON.stringify(TSCONFIG));
});

afterAll(async () => {
  await lab?.stop();
  await repository?.remove();
  await rm(home, { recursive: true, force: true });
});

/** The guides speak of a repository. */
const COMMIT = `
  git init --quiet
  git add cdk8s.yaml package.json clouds dist
  git -c user.name=docs -c user.email=docs@example.com commit --quiet --allow-empty --message 'What the guide has made'
`;

const shell = (script: string): Promise<Outcome> => {
  const { PATH } = process.env;
  // a home of their own, where users keep their keys
  const env = { ...process.env, HOME: home, PATH: `${repository.bin}:${PATH}`, KUBECONFIG: lab.kubeconfig };
  return run("sh", ["-euc", script], { cwd: repository.folder, env });
};

test("the clouds of the guide type-check", async () => {
  outputOf(
    await run(join(HERE, "node_modules/.bin/tsc"), ["--noEmit"], {
      cwd: repository.folder,
      env: process.env,
    }),
  );
});

test("the commands of the guides do, in their order, what these say", async () => {
  for (const guide of ["docs/access.md", "docs/delivery.md", "docs/ci.md", "docs/terminate.md"]) {
    const commands = examplesOf(guide).filter(({ language }) => language === "sh");
    expect(commands).not.toEqual([]);
    for (const { text } of commands) outputOf(await shell(text));
    outputOf(await shell(COMMIT));
  }
});

test("every example is run by a test, or is none", () => {
  const documents = ["clouds", "access", "delivery", "ci", "terminate"].map((name) => `docs/${name}.md`);
  const unnamed = documents.flatMap((document) =>
    examplesOf(document)
      .filter(({ language, text }) => language !== "sh" && !(language === "ts" && text.startsWith("// clouds/")))
      .map(({ line }) => `${document}:${line}`),
  );
  expect(unnamed).toEqual([]);
});
