import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { RemoteRevisions } from "../../../src/delivery/git/remote-revisions.ts";
import { git } from "../../lab/git-repository.ts";
import { startGitServer } from "../../lab/git-server.ts";
import { cloudPath, distOf, push } from "./pushing.ts";
import { targetOf, testFolder } from "./repositories.ts";

const { folder, newRepository } = testFolder();

afterEach(() => vi.unstubAllEnvs());

const SHOP = `clusters/${cloudPath("edge-1", "shop")}`;

test("a commit holds a unit if it holds its contents, whatever came in between", async () => {
  await using server = await startGitServer();
  const repository = await server.createRepository("fleet");
  const target = { repository: repository.url, branch: "main" };
  const wanted = distOf("edge-1", { shop: "2", bank: "1" });
  const before = (await push(target, [distOf("edge-1", { shop: "1", bank: "1" })])).commit ?? "";
  const ours = (await push(target, [wanted])).commit ?? "";
  const later = await repository.commit({ "README.md": "hello" });
  const changed = await repository.commit({ [SHOP]: "by hand" });
  const extra = await repository.commit({
    [SHOP]: (await repository.files(ours))[SHOP],
    "clusters/edge-1/grants/shop.json": "{}",
  });
  using remote = await RemoteRevisions.open(target, 30_000);
  const holds = async (revision: string) =>
    Promise.all(
      ["lc-cluster", "lc-cloud-shop", "lc-cloud-bank", "lc-clouds"].map((unit) => remote.holds(revision, wanted, unit)),
    );
  const all = await Promise.all([before, ours, later, changed, extra].map(holds));
  expect(all).toEqual([
    [true, false, true, false],
    [true, true, true, true],
    [true, true, true, true],
    [true, false, true, false],
    [true, false, true, false],
  ]);
});

test.each([
  ["clouds/shop/kustomization.yaml", ["lc-cloud-shop"]],
  ["clouds/shop/more/extra.yaml", ["lc-cloud-shop"]],
  ["cluster/extra.yaml", ["lc-cluster"]],
  ["flux/kustomization.yaml", ["lc-cluster"]],
  ["clouds/extra.yaml", []],
  ["README.md", []],
])("a commit with %s, which is not ours, holds no unit that an agent would read it with", async (path, missing) => {
  const repository = await newRepository();
  const wanted = distOf("edge-1", { shop: "1", bank: "1" });
  await push(targetOf(repository), [wanted]);
  const strange = await repository.commit({ [`clusters/edge-1/${path}`]: "resources: []\n" });
  using remote = await RemoteRevisions.open(targetOf(repository), 30_000);
  const units = ["lc-cluster", "lc-cloud-shop", "lc-cloud-bank"];
  const held = await Promise.all(units.map((unit) => remote.holds(strange, wanted, unit)));
  expect(units.filter((_, index) => held[index] !== true)).toEqual(missing);
  expect(await remote.holds(strange, wanted, "lc-clouds")).toBe(!path.startsWith("clouds/"));
});

test("a unit that is gone is held by a commit that has nothing of it", async () => {
  await using server = await startGitServer();
  const repository = await server.createRepository("fleet");
  const target = { repository: repository.url, branch: "main" };
  const before = (await push(target, [distOf("edge-1", { shop: "1" })])).commit ?? "";
  const wanted = distOf("edge-1", {});
  const after = (await push(target, [wanted], { remove: new Set(["shop"]) })).commit ?? "";
  using remote = await RemoteRevisions.open(target, 30_000);
  expect(await remote.holds(before, wanted, "lc-cloud-shop")).toBe(false);
  expect(await remote.holds(after, wanted, "lc-cloud-shop")).toBe(true);
});

test("a revision that the server does not have, or that is none, is not known", async () => {
  await using server = await startGitServer();
  const repository = await server.createRepository("fleet");
  await repository.commit({ "README.md": "hello" });
  using remote = await RemoteRevisions.open({ repository: repository.url, branch: "main" }, 30_000);
  const wanted = distOf("edge-1", {});
  for (const revision of ["a".repeat(40), "main", "--upload-pack=touch /tmp/x"]) {
    expect(await remote.holds(revision, wanted, "lc-cluster")).toBeUndefined();
  }
});

test("a commit is asked for by its id, also where the server and the user's configuration are of old", async () => {
  const repository = await newRepository();
  const before = (await push(targetOf(repository), [distOf("edge-1", { shop: "1" })])).commit ?? "";
  await push(targetOf(repository), [distOf("edge-1", { shop: "2" })]);
  await push(targetOf(repository), [distOf("edge-1", { shop: "3" })]);
  for (const key of ["uploadpack.allowAnySHA1InWant", "uploadpack.allowFilter"]) {
    await git(["-C", repository.folder, "config", key, "false"]);
  }
  const config = join(folder, "gitconfig");
  writeFileSync(config, "[protocol]\nversion = 0\n");
  vi.stubEnv("GIT_CONFIG_GLOBAL", config);
  using remote = await RemoteRevisions.open(targetOf(repository), 30_000);
  expect(await remote.holds(before, distOf("edge-1", { shop: "1" }), "lc-cloud-shop")).toBe(true);
});

/** Passes on to a git server what is asked, unless it is to fail. */
async function startProxy(url: string): Promise<{ url: string; fail: (times: number) => void } & Disposable> {
  let failures = 0;
  const server = createServer((incoming, outgoing) => {
    if (failures-- > 0) return void outgoing.writeHead(503).end();
    const { method, headers, url: path } = incoming;
    const passed = request(`${url}${path}`, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(passed);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fail: (times) => {
      failures = times;
    },
    [Symbol.dispose]: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

test("a server that fails for a moment is asked again, and one that is down is told", async () => {
  await using server = await startGitServer();
  const repository = await server.createRepository("fleet");
  const wanted = distOf("edge-1", { shop: "1" });
  const ours = (await push({ repository: repository.url, branch: "main" }, [wanted])).commit ?? "";
  await repository.commit({ "README.md": "1" });
  await repository.commit({ "README.md": "2" });
  await repository.commit({ "README.md": "3" });
  using proxy = await startProxy(server.url);
  proxy.fail(1);
  using remote = await RemoteRevisions.open({ repository: `${proxy.url}/fleet.git`, branch: "main" }, 30_000);
  proxy.fail(1);
  expect(await remote.holds(ours, wanted, "lc-cloud-shop")).toBe(true);
  proxy.fail(Number.POSITIVE_INFINITY);
  const asked = remote.holds("a".repeat(40), wanted, "lc-cloud-shop");
  await expect(asked).rejects.toMatchObject({ code: "UNREACHABLE" });
});
