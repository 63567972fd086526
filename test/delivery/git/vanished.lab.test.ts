import { expect, test } from "vitest";
import type { LabRepository } from "../../lab/git-repository.ts";
import { cloudPath, distOf, push } from "./pushing.ts";
import { targetOf, testFolder } from "./repositories.ts";

const { newRepository } = testFolder();

const clouds = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`cloud-${index}`, "1"]));

async function delivered(count: number): Promise<LabRepository> {
  const repository = await newRepository();
  await push(targetOf(repository), [distOf("edge-1", clouds(count)), distOf("edge-2", {})]);
  return repository;
}

const gone = { code: "CLOUD_VANISHED" };

test("a cloud that vanished stops the push until it may go", async () => {
  const repository = await delivered(6);
  const wanted = [distOf("edge-1", clouds(5)), distOf("edge-2", {})];
  await expect(push(targetOf(repository), wanted)).rejects.toMatchObject(gone);
  await expect(push(targetOf(repository), wanted, { remove: new Set(["cloud-1"]) })).rejects.toMatchObject(gone);
  const report = await push(targetOf(repository), wanted, { remove: new Set(["cloud-5"]) });
  expect(report.clusters[0]).toMatchObject({ removed: 1, clouds: ["cloud-5"] });
  const paths = Object.keys(await repository.files());
  expect(paths.filter((path) => path.includes("cloud-5"))).toEqual([]);
  expect(paths).toContain(`clusters/${cloudPath("edge-1", "cloud-4")}`);
  expect((await repository.log())[0]?.message).toMatch(/^Remove cloud-5 from edge-1\n/);
});

test("more than a fifth of a cluster's clouds need a word of their own", async () => {
  const repository = await delivered(9);
  const wanted = [distOf("edge-1", clouds(7)), distOf("edge-2", {})];
  const remove = new Set(["cloud-7", "cloud-8"]);
  await expect(push(targetOf(repository), wanted, { remove })).rejects.toMatchObject(gone);
  expect((await push(targetOf(repository), wanted, { remove, removeMany: true })).commit).toBeDefined();
});

test("a fifth of a cluster's clouds may go together", async () => {
  const repository = await delivered(10);
  const wanted = [distOf("edge-1", clouds(8)), distOf("edge-2", {})];
  expect((await push(targetOf(repository), wanted, { remove: new Set(["cloud-8", "cloud-9"]) })).commit).toBeDefined();
});

test("a cluster that vanished with clouds in it stops the push, also where these may go", async () => {
  const repository = await delivered(1);
  for (const remove of [new Set<string>(), new Set(["cloud-0"])]) {
    const refused = push(targetOf(repository), [distOf("edge-2", {})], { remove, removeMany: true });
    await expect(refused).rejects.toMatchObject({ ...gone, faults: [{ path: "edge-1" }] });
  }
});

test("a cluster that vanished after its clouds is removed whole", async () => {
  const repository = await delivered(1);
  await push(targetOf(repository), [distOf("edge-1", clouds(1))]);
  const paths = Object.keys(await repository.files());
  expect(paths.filter((path) => path.startsWith("clusters/edge-2/"))).toEqual([]);
});

test("a cluster that is not delivered now stays as it is", async () => {
  const repository = await delivered(1);
  const report = await push(targetOf(repository), [distOf("edge-2", { shop: "1" })], {
    otherClusters: new Set(["edge-1"]),
  });
  expect(report.clusters.map(({ cluster }) => cluster)).toEqual(["edge-2"]);
  expect(Object.keys(await repository.files())).toContain(`clusters/${cloudPath("edge-1", "cloud-0")}`);
});

test("all that vanished and all that others changed are told at once", async () => {
  const repository = await delivered(2);
  await repository.commit({ "clusters/edge-2/notes.md": "x" });
  const error = await push(targetOf(repository), [distOf("edge-1", {}), distOf("edge-2", {})]).catch((e: unknown) => e);
  expect(error).toMatchObject({
    ...gone,
    faults: [{ path: "edge-1" }, { path: "edge-1" }, { path: "clusters/edge-2/notes.md" }],
  });
});
