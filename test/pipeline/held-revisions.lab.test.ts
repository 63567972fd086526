import { rename } from "node:fs/promises";
import { expect, test } from "vitest";
import type { GitDelivery } from "../../src/model/delivery.ts";
import { HeldRevisions } from "../../src/pipeline/held-revisions.ts";
import { cloudPath, distOf, push } from "../delivery/git/pushing.ts";
import { targetOf, testFolder } from "../delivery/git/repositories.ts";
import type { LabRepository } from "../lab/git-repository.ts";
import { renderedCluster } from "../rendered/rendered-clusters.ts";

const { newRepository } = testFolder();

const SHOP = `clusters/${cloudPath("edge-1", "shop")}`;
const dist = distOf("edge-1", { shop: "2", bank: "1" });
const cluster = renderedCluster("edge-1", { kind: "x509", requesters: [] }, { shop: [], bank: [] });

/** What is known of the branch of a repository that holds dist/, and held something else before. */
async function read(maxAgeMs: number) {
  const repository = await newRepository();
  const target = targetOf(repository);
  const before = (await push(target, [distOf("edge-1", { shop: "1", bank: "1" })])).commit ?? "";
  const ours = (await push(target, [dist])).commit ?? "";
  const held = new HeldRevisions(new Map([["edge-1", dist.files]]), maxAgeMs);
  const engine = { kind: "flux", namespace: "flux-system", unit: "cloud" } as const;
  const delivery: GitDelivery = { kind: "git", ...target, pullUrl: target.repository, path: "clusters", engine };
  return { repository, before, ours, held, readHeld: await held.of(cluster, delivery) };
}

const change = (repository: LabRepository, path: string): Promise<string> => repository.commit({ [path]: "newer" });

test("what an agent has is other than ours while the branch holds ours, whatever else is pushed", async () => {
  const { repository, before, ours, held, readHeld } = await read(0);
  await using _ = held;
  expect([await readHeld(before, "lc-cloud-shop"), await readHeld(before, "lc-cloud-bank")]).toEqual(["other", "ours"]);
  const newer = await change(repository, "README.md");
  expect(await readHeld(before, "lc-cloud-shop")).toBe("other");
  expect([await readHeld(newer, "lc-cloud-shop"), await readHeld(ours, "lc-cloud-shop")]).toEqual(["ours", "ours"]);
});

test("once somebody has pushed another one, what an agent has is superseded, and ours is still ours", async () => {
  const { repository, before, ours, held, readHeld } = await read(0);
  await using _ = held;
  const newer = await change(repository, SHOP);
  for (const revision of [before, newer]) expect(await readHeld(revision, "lc-cloud-shop")).toBe("superseded");
  expect(await readHeld(newer, "lc-cloud-bank")).toBe("ours");
  expect(await readHeld(ours, "lc-cloud-shop")).toBe("ours");
});

test("the branch is not read anew at every look", async () => {
  const { repository, before, held, readHeld } = await read(60_000);
  await using _ = held;
  await change(repository, SHOP);
  expect(await readHeld(before, "lc-cloud-shop")).toBe("other");
});

test("where the branch cannot be read meanwhile, it is as it was", async () => {
  const { repository, before, held, readHeld } = await read(0);
  await using _ = held;
  await readHeld(before, "lc-cloud-shop");
  await rename(repository.folder, `${repository.folder}-moved`);
  expect(await readHeld(before, "lc-cloud-shop")).toBe("other");
});
