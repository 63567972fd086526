import { cp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { formatJson, formatJsonError } from "../../src/cli/render/json.ts";
import { failuresOfMeshes, formatMeshes, notesOfMeshes } from "../../src/cli/render/meshes.ts";
import { formatRotation, outcomeOfRotation } from "../../src/cli/render/rotation.ts";
import { makeRoot } from "../../src/keys/make-authority.ts";
import { CloudError } from "../../src/model/error.ts";
import type { ProgressEvent } from "../../src/model/progress.ts";
import { postSync, type RotateMeshOptions, renewTokens, rotateMesh } from "../../src/pipeline.ts";
import type { FakeCluster } from "../fakes/fake-cluster.ts";
import { setAddress } from "../post-sync/mesh/mesh-scene.ts";
import { AFTER_A_DAY, AFTER_SETTLING, rotatingCluster } from "../post-sync/mesh/rotation-scene.ts";
import { meshRepository } from "./mesh-repository.ts";
import type { TestRepository } from "./repository.ts";
import { filesIn, secretsOf, secretsOfSecret, textsIn } from "./secret-texts.ts";

let repository: TestRepository;
beforeAll(async () => {
  repository = await meshRepository();
});
afterAll(() => repository?.remove());

let clusters: readonly FakeCluster[];
const texts: string[] = [];
const secrets = new Set<string>();

const inRepository = (name: string): string => join(repository.folder, name);

/** Each test begins with clusters that have joined, by the trust that `enroll` has made. */
beforeEach(async () => {
  clusters = [await rotatingCluster("m1"), await rotatingCluster("m2")];
  for (const cluster of clusters) await setAddress(cluster, "shop", "203.0.113.1");
  await rm(inRepository("state"), { recursive: true, force: true });
  await cp(inRepository(".lcloud"), inRepository("state"), { recursive: true });
  texts.length = 0;
  secrets.clear();
  await postSync({ ...usual(), clusters: [], half: "mesh", timeoutMs: 1000 });
});

const usual = () => ({
  folder: repository.folder,
  state: "state",
  onProgress: (event: ProgressEvent) => void texts.push(inspect(event, { depth: null })),
  connect: async ({ cluster: name }: { readonly cluster: string }) =>
    clusters.find(({ cluster }) => cluster === name) ?? raise(name),
});

function raise(name: string): never {
  throw new CloudError("NO_CONTEXT", `${name}: no context`);
}

/** All that a run tells anybody, in each of its forms; what is secret by then. */
async function heard<T extends object>(run: Promise<T>, forms: (report: T) => readonly unknown[]): Promise<void> {
  try {
    const report = await run;
    texts.push(formatJson(report), inspect(report, { depth: null, showHidden: true }), ...forms(report).map(String));
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    texts.push(formatJsonError(error), inspect(error, { depth: null, showHidden: true }));
  }
  for (const text of await textsIn(inRepository("state"))) for (const each of secretsOf(text)) secrets.add(each);
  for (const cluster of clusters) {
    const live = await cluster.behind("admin").list({ apiVersion: "v1", kind: "Secret" }, { namespace: "istio-shop" });
    for (const each of live.flatMap(secretsOfSecret)) secrets.add(each);
  }
}

type Rotation = Pick<RotateMeshOptions, "goal" | "root" | "again">;

const rotate = (rotation: Rotation, laterMs: number): Promise<void> =>
  heard(
    rotateMesh({ ...usual(), cloud: "shop", timeoutMs: 0, now: () => new Date(Date.now() + laterMs), ...rotation }),
    (report) => [formatRotation(report), ...Object.values(outcomeOfRotation(report))],
  );

const renew = (): Promise<void> =>
  heard(renewTokens({ ...usual(), cloud: "shop", timeoutMs: 50 }), (meshes) => [
    formatMeshes(meshes),
    ...failuresOfMeshes(meshes),
    ...notesOfMeshes(meshes),
  ]);

/** Let the calls to the first cluster fail, another one in each run, until one is through before its turn. */
async function failing(run: () => Promise<void>): Promise<void> {
  const [m1] = clusters;
  if (m1 === undefined) return;
  const { before } = m1;
  for (const code of ["FORBIDDEN", "CONFLICT", "UNREACHABLE"] as const) {
    for (let at = 0, hasFailed = true; hasFailed; at += 5) {
      let count = 0;
      hasFailed = false;
      m1.before = async (request) => {
        await before?.(request);
        if (count++ !== at) return;
        hasFailed = true;
        throw new CloudError(code, `m1: ${request.ref.kind} failed`);
      };
      await run();
    }
  }
  m1.before = before;
}

const STEPS = [0, AFTER_SETTLING, AFTER_A_DAY];

const DONE = `"state": "done"`;

test.each<[string, string, () => Promise<void>]>([
  ["authorities", DONE, async () => failing(() => rotate({ goal: "authorities" }, 0))],
  [
    "a root",
    DONE,
    async () => {
      for (const laterMs of STEPS) await failing(() => rotate({ goal: "root" }, laterMs));
    },
  ],
  [
    "a root that is brought",
    DONE,
    async () => {
      const { root, key } = makeRoot("brought", new Date());
      const files = { certificate: inRepository("state/root.pem"), key: inRepository("state/root.key") };
      await writeFile(files.certificate, root);
      await writeFile(files.key, key, { mode: 0o600 });
      for (const laterMs of STEPS) await failing(() => rotate({ goal: "root", root: files }, laterMs));
      await writeFile(files.certificate, makeRoot("another", new Date()).root);
      await rotate({ goal: "root", root: files }, AFTER_A_DAY);
      await writeFile(files.certificate, key);
      await rotate({ goal: "root", root: files }, AFTER_A_DAY);
      await writeFile(files.key, key.replace("A", "B"));
      await rotate({ goal: "root", root: files }, AFTER_A_DAY);
    },
  ],
  ["tokens", `"remotes": "configured"`, async () => failing(renew)],
])("nothing secret is told by a rotation of %s, whichever call fails", async (_, end, rotation) => {
  const before = (await filesIn(repository.folder)).filter((path) => !path.includes("/state/"));
  await rotation();
  expect(secrets.size).toBeGreaterThan(12);
  const all = texts.join("\n");
  expect(all).toContain(end);
  for (const code of ["FORBIDDEN", "UNREACHABLE"]) expect(all.includes(code), code).toBe(true);
  for (const secret of secrets) expect(all.includes(secret), secret.slice(0, 12)).toBe(false);
  expect(all).not.toMatch(/PRIVATE KEY/);
  expect((await filesIn(repository.folder)).filter((path) => !path.includes("/state/"))).toEqual(before);
  expect(await filesIn(inRepository("state/mesh/shop"))).toHaveLength(1);
});
