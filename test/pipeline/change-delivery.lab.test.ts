import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { liveUnitRef } from "../../src/engine/live-unit.ts";
import { engineUnits } from "../../src/engine/units.ts";
import { INVENTORY_KIND, INVENTORY_QUERY } from "../../src/model/inventory.ts";
import { enroll, postSync, status, sync, synth } from "../../src/pipeline.ts";
import { readDist } from "../../src/rendered/read-dist.ts";
import { flux, reconcile } from "../delivery/agent.ts";
import { createBareRepository } from "../lab/git-repository.ts";
import { TestFleet } from "./fleet.ts";
import { cloud, TestRepository } from "./repository.ts";

let bare: string;
let repository: TestRepository;
let fleet: TestFleet;
let dist: string;
const here = () => ({ ...fleet.options(), clusters: ["west"] });

beforeAll(async () => {
  bare = await mkdtemp(join(tmpdir(), "lcloud-fleet-"));
  const delivery = `{ git: { repository: ${JSON.stringify(bare)}, pullUrl: "https://git.example.com/fleet", engine: "flux" } }`;
  repository = await TestRepository.create(cloud("shop", "ada"), delivery);
  fleet = new TestFleet(repository);
  dist = join(repository.folder, "dist");
  await enroll(fleet.options());
  await synth(fleet.options());
  await repository.renderNothing();
  await createBareRepository(bare, {});
});
afterAll(async () => {
  await repository?.remove();
  await rm(bare, { recursive: true, force: true });
});

/** As if the fleet said so: the rest of dist/ hardly differs. */
async function deliverDirectly(): Promise<void> {
  const path = join(dist, "west", "cluster.json");
  await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, "utf8")), delivery: { kind: "direct" } }));
  await rm(join(dist, "west", "flux"), { recursive: true });
}

/** What kustomize-controller does with a commit. */
async function pull(commit: string): Promise<void> {
  const west = (await readDist(dist)).find(({ file }) => file.name === "west");
  if (west === undefined) throw new Error("not rendered");
  await reconcile(fleet.west, west);
  const agent = fleet.west.behind("agent", "kustomize-controller");
  for (const { name } of engineUnits(flux, ["lc-cloud-shop"])) {
    const live = await agent.get(liveUnitRef(flux, name));
    if (live === undefined) throw new Error(`${name} is not there`);
    const conditions = [{ type: "Ready", status: "True", reason: "Reconciled", message: "" }];
    const said = { conditions, lastAppliedRevision: `main@sha1:${commit}` };
    await agent.replace({ ...live, status: said }, { subresource: "status" });
  }
}

const inventories = async () => {
  const found = await fleet.west.behind("admin").list(INVENTORY_KIND, INVENTORY_QUERY);
  return found.map(({ metadata }) => metadata.name).filter((name) => name !== "lcloud-cluster");
};

test("post-sync that waits hands a cluster over to its agent, once", async () => {
  const pulled = await mkdtemp(join(tmpdir(), "lcloud-dist-"));
  await cp(dist, pulled, { recursive: true });
  await deliverDirectly();
  await sync(here());
  expect(await inventories()).toEqual(["lc-cloud-shop", "lc-cluster"]);
  await rm(dist, { recursive: true });
  await cp(pulled, dist, { recursive: true });
  await rm(pulled, { recursive: true });

  const { repositories } = await sync(here());
  await pull(repositories[0]?.push?.commit ?? "");
  expect((await status(here())).clusters[0]?.leftovers.map(({ ref }) => ref.name)).toEqual([
    "lc-cloud-shop",
    "lc-cluster",
  ]);
  const { applied } = await postSync({ ...here(), waitMs: 20_000 });
  expect(applied.flatMap(({ failures }) => failures)).toEqual([]);
  expect(applied[0]?.released?.units.map(({ unit }) => unit)).toEqual(["lc-cloud-shop", "lc-cluster"]);
  expect(await inventories()).toEqual([]);
  const [west] = (await status(here())).clusters;
  expect(west).toMatchObject({ leftovers: [], failures: [], clouds: [{ state: "delivered", drifted: [] }] });

  fleet.takeWrites();
  const again = await postSync({ ...here(), waitMs: 20_000 });
  expect(again.applied).toEqual([expect.not.objectContaining({ released: expect.anything() })]);
  expect(fleet.takeWrites()).toEqual([]);
});
