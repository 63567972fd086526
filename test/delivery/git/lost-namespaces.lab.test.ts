import { expect, test } from "vitest";
import type { PushedCluster } from "../../../src/delivery/git/push-types.ts";
import { git } from "../../lab/git-repository.ts";
import { cloudPath, distOf, manifest, push } from "./pushing.ts";
import { targetOf, testFolder } from "./repositories.ts";

const { newRepository } = testFolder();

const namespace = (name: string): string =>
  `apiVersion: v1\nkind: Namespace\nmetadata:\n  labels:\n    name: other\n  name: ${name}\nspec:\n  name: x\n`;

/** A cluster whose clouds have namespaces, each in a file with another object. */
function distWith(clouds: Readonly<Record<string, readonly string[]>>): PushedCluster {
  const { files, ...rest } = distOf("edge-1", {});
  const ofClouds = Object.entries(clouds).map(([cloud, names]) => {
    const documents = [manifest("1"), ...names.map(namespace)];
    return [cloudPath("edge-1", cloud), Buffer.from(documents.join("---\n"))] as const;
  });
  return { ...rest, files: new Map([...files, ...ofClouds]) };
}

const vanished = (...messages: readonly string[]) => ({
  code: "CLOUD_VANISHED",
  faults: messages.map((message) => ({ path: "edge-1", message: expect.stringContaining(message) })),
});

test("a namespace that a cloud loses stops the push until it may go", async () => {
  const repository = await newRepository();
  await push(targetOf(repository), [distWith({ shop: ["shop", "shop-batch", '"123"'], bank: ["bank"] })]);
  const wanted = [distWith({ shop: ["shop"], bank: ["bank"] })];
  const remove = new Set(["shop/shop-batch"]);
  await expect(push(targetOf(repository), wanted)).rejects.toMatchObject(
    vanished("--remove shop/shop-batch", "--remove shop/123"),
  );
  await expect(push(targetOf(repository), wanted, { remove })).rejects.toMatchObject(vanished("--remove shop/123"));
  const report = await push(targetOf(repository), wanted, { remove: new Set([...remove, "shop/123"]) });
  expect(report.clusters[0]).toMatchObject({ written: 1, clouds: ["shop"] });
});

test("a namespace that passes to another cloud must be let go by its own", async () => {
  const repository = await newRepository();
  await push(targetOf(repository), [distWith({ shop: ["shop", "batch"], bank: ["bank"] })]);
  const wanted = [distWith({ shop: ["shop"], bank: ["bank", "batch"] })];
  await expect(push(targetOf(repository), wanted)).rejects.toMatchObject(vanished("--remove shop/batch"));
  expect((await push(targetOf(repository), wanted, { remove: new Set(["shop/batch"]) })).commit).toBeDefined();
});

test("a cloud that may go takes its namespaces along unnamed", async () => {
  const repository = await newRepository();
  await push(targetOf(repository), [distWith({ shop: ["shop"], bank: ["bank"] })]);
  const report = await push(targetOf(repository), [distWith({ bank: ["bank"] })], { remove: new Set(["shop"]) });
  expect(report.commit).toBeDefined();
});

test("an offered change is guarded as a push is", async () => {
  const repository = await newRepository();
  await push(targetOf(repository), [distWith({ shop: ["shop", "batch"] })]);
  const mode = { kind: "pull-request", branch: "lcloud/delivery" } as const;
  await expect(push(targetOf(repository), [distWith({ shop: ["shop"] })], { mode })).rejects.toMatchObject(
    vanished("--remove shop/batch"),
  );
});

test("what is no UTF-8 hides no namespace that a cloud loses", async () => {
  const repository = await newRepository();
  await push(targetOf(repository), [distWith({ shop: ["shop", "batch"] })]);
  const head = "commit refs/heads/main\ncommitter x <x> 0 +0000\ndata 0\nfrom refs/heads/main^0\n";
  const change = "M 100644 inline clusters/edge-1/.lcloud/lc-cluster\ndata 2\n";
  const spoilt = Buffer.concat([Buffer.from(head + change), Buffer.from([0xff, 0xfe])]);
  await git(["-C", repository.folder, "fast-import", "--quiet"], spoilt);
  for (const overwrite of [false, true]) {
    await expect(push(targetOf(repository), [distWith({ shop: ["shop"] })], { overwrite })).rejects.toMatchObject(
      vanished("--remove shop/batch"),
    );
  }
});
