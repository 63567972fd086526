import { expect, test } from "vitest";
import type { PushedCluster } from "../../../src/delivery/git/push-types.ts";
import { cloudPath, distOf, push } from "./pushing.ts";
import { targetOf, testFolder } from "./repositories.ts";

const { newRepository } = testFolder();

const clouds = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, "1"]));

/** The same, and the cluster says that clouds have been led out of it. */
function terminated({ files, ...cluster }: PushedCluster, ...names: readonly string[]): PushedCluster {
  const text = JSON.stringify({ name: cluster.name, terminated: names });
  return { ...cluster, files: new Map([...files, [`${cluster.name}/cluster.json`, Buffer.from(text)]]) };
}

test("a terminated cloud leaves the repository without a flag, from the clusters that say so", async () => {
  const repository = await newRepository();
  const before = clouds("bank", "shop");
  await push(targetOf(repository), [distOf("edge-1", before), distOf("edge-2", before)]);
  const gone = terminated(distOf("edge-1", clouds("bank")), "shop");
  const unsaid = push(targetOf(repository), [gone, distOf("edge-2", clouds("bank"))]);
  await expect(unsaid).rejects.toMatchObject({ code: "CLOUD_VANISHED", faults: [{ path: "edge-2" }] });
  const report = await push(targetOf(repository), [gone, distOf("edge-2", before)]);
  expect(report.clusters[0]).toMatchObject({ removed: 1, clouds: ["shop"] });
  const paths = Object.keys(await repository.files());
  expect(paths).not.toContain(`clusters/${cloudPath("edge-1", "shop")}`);
  expect(paths).toContain(`clusters/${cloudPath("edge-2", "shop")}`);
  expect(paths.filter((path) => path.startsWith("clusters/edge-1/") && path.includes("shop"))).toEqual([]);
});

test("the termination of one cloud lets no other vanish", async () => {
  const repository = await newRepository();
  await push(targetOf(repository), [distOf("edge-1", clouds("bank", "shop"))]);
  const wanted = terminated(distOf("edge-1", {}), "shop");
  await expect(push(targetOf(repository), [wanted])).rejects.toMatchObject({
    code: "CLOUD_VANISHED",
    faults: [{ path: "edge-1", message: expect.stringContaining("--remove bank") }],
  });
});

test("terminated clouds do not count among those that may not vanish together", async () => {
  const repository = await newRepository();
  const names = Array.from({ length: 12 }, (_, index) => `cloud-${index}`);
  await push(targetOf(repository), [distOf("edge-1", clouds(...names))]);
  const rest = terminated(distOf("edge-1", clouds(...names.slice(4))), "cloud-0", "cloud-1");
  const remove = new Set(["cloud-2", "cloud-3"]);
  const report = await push(targetOf(repository), [rest], { remove });
  expect(report.clusters[0]).toMatchObject({ removed: 4 });
});

test("all clouds of a cluster may be led out of it", async () => {
  const repository = await newRepository();
  await push(targetOf(repository), [distOf("edge-1", clouds("bank", "shop"))]);
  const report = await push(targetOf(repository), [terminated(distOf("edge-1", {}), "bank", "shop")]);
  expect(report.clusters[0]).toMatchObject({ removed: 2 });
});
