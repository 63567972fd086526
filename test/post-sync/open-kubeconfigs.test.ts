import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import { CloudError } from "../../src/model/error.ts";
import type { ClusterAccess } from "../../src/post-sync/cluster-access.ts";
import { grantAccess } from "../../src/post-sync/grant-access.ts";
import type { Kubeconfig } from "../../src/post-sync/kubeconfig.ts";
import { openKubeconfigs } from "../../src/post-sync/open-kubeconfigs.ts";
import type { ClusterIdentity } from "../../src/rendered/files.ts";
import { fakeCluster } from "../fakes/fake-cluster.ts";
import { requestPem } from "./planting.ts";
import {
  accountOf,
  makeScene,
  type RenderOptions,
  type Scene,
  type UserPath,
  writeKubeconfigs,
  x509,
} from "./scene.ts";

const start = new Date("2030-01-01T00:00:00Z");
const tokens: ClusterIdentity = { kind: "service-account", expirationSeconds: 3600 };
const oidc: ClusterIdentity = {
  kind: "oidc",
  exec: {
    apiVersion: "client.authentication.k8s.io/v1",
    command: "oidc-login",
    args: ["get-token", "--cluster={cluster}"],
    env: [{ name: "BROWSER", value: "none" }],
    installHint: "brew install oidc-login",
    interactiveMode: "IfAvailable",
  },
};

/** Clusters whose clock stands still, so that a run has nothing new to tell. */
async function setUp(users: readonly UserPath[] = ["shop/ada"], now: Date = start) {
  const scene = await makeScene(users);
  const clusters = new Map<string, ReturnType<typeof fakeCluster>>();
  const fakeOf = (name: string) => {
    const fake = clusters.get(name) ?? fakeCluster(name, { now: () => now });
    clusters.set(name, fake);
    return fake;
  };
  const grant = async (name: string, options: RenderOptions = {}): Promise<ClusterAccess> => {
    const fake = fakeOf(name);
    await deliver(fake.behind("admin"), users);
    const run = { stateDir: scene.stateDir, half: "both", timeoutMs: 0 } as const;
    return grantAccess(fake, scene.render(name, options), run);
  };
  const write = (...access: readonly ClusterAccess[]) => writeKubeconfigs(access, scene.stateDir);
  return { ...scene, fakeOf, grant, write, path: join(scene.stateDir, "kubeconfigs", "shop", "ada.yaml") };
}

async function deliver(api: KubeApi, users: readonly UserPath[]): Promise<void> {
  for (const manifest of users.flatMap(accountOf)) await api.apply(manifest);
}

const read = async (path: string): Promise<Kubeconfig> => parse(await readFile(path, "utf8"));
const contextsOf = async (path: string) => (await read(path)).contexts.map(({ name }) => name);

/** The file with `<words>` for what differs from run to run. */
async function withoutCredentials(path: string): Promise<string> {
  return (await readFile(path, "utf8"))
    .replaceAll(/(client-certificate-data|client-key-data): \S+/g, "$1: <$1>")
    .replaceAll(/(token): \S+/g, "$1: <$1>");
}

describe("a kubeconfig", () => {
  test("has a context for each cluster and namespace, whatever the kind of credential", async () => {
    const { grant, write, path } = await setUp();
    const access = [
      await grant("west", { identity: tokens }),
      await grant("east", { namespaces: ["shop-web", "shop-api"] }),
      await grant("north", { identity: oidc, endpoint: { server: "https://north.example" } }),
    ];
    expect(await write(...access)).toEqual([
      {
        cloud: "shop",
        user: "ada",
        path,
        action: "created",
        contexts: ["ada@shop.east", "ada@shop.east/shop-api", "ada@shop.north", "ada@shop.west"],
      },
    ]);
    await expect(await withoutCredentials(path)).toMatchFileSnapshot("../golden/post-sync/every-identity.yaml");
  });

  test("refers to the key of a request that was made elsewhere, and says where to put it until it is there", async () => {
    const { grant, write, path, stateDir } = await setUp();
    const access = await grant("east", { brought: { "shop/ada": requestPem("lc:shop:ada") } });
    const missingKey = join(stateDir, "kubeconfigs", "shop", "ada.key.pem");
    expect(await write(access)).toMatchObject([{ action: "created", missingKey }]);
    await expect(await withoutCredentials(path)).toMatchFileSnapshot("../golden/post-sync/brought-request.yaml");
    await writeFile(missingKey, "", { mode: 0o600 });
    expect(await write(access)).toEqual([expect.not.objectContaining({ missingKey })]);
  });

  test("is for its owner only, and written only if it changes", async () => {
    const { grant, write, path } = await setUp();
    await write(await grant("east"), await grant("west", { identity: tokens }));
    const before = await stat(path);
    expect(before.mode & 0o777).toBe(0o600);
    const again = await write(await grant("east"), await grant("west", { identity: tokens }));
    expect(again).toMatchObject([{ action: "unchanged" }]);
    expect((await stat(path)).ino).toBe(before.ino);
  });

  test("loses the contexts of a cluster that the cloud has left", async () => {
    const { grant, write, path } = await setUp();
    await write(await grant("east"), await grant("west"));
    expect(await write(await grant("west"), await grant("east", { users: [] }))).toMatchObject([
      { action: "configured" },
    ]);
    expect(await contextsOf(path)).toEqual(["ada@shop.west"]);
  });

  test.each([x509, tokens])("keeps the contexts of a cluster that cannot be reached: %j", async (identity) => {
    const { grant, write, path, fakeOf } = await setUp(["shop/ada"], new Date());
    await write(await grant("east", { identity }), await grant("west"));
    const before = await readFile(path, "utf8");
    fakeOf("east").before = () => {
      throw new CloudError("UNREACHABLE", "east: no connection");
    };
    const { endpoint: _, ...access } = await grant("east", { identity });
    expect(access.failures).toMatchObject([{ code: "UNREACHABLE" }]);
    await write(access, await grant("west"));
    expect(await readFile(path, "utf8")).toBe(before);
  });

  test("keeps the current context that its user has chosen while there is one of that name", async () => {
    const { grant, write, path } = await setUp();
    await write(await grant("east"), await grant("west"));
    await writeFile(path, stringify({ ...(await read(path)), "current-context": "ada@shop.west" }));
    await write(await grant("east"), await grant("west"));
    expect(await read(path)).toHaveProperty("current-context", "ada@shop.west");
    await write(await grant("east"));
    expect(await read(path)).toHaveProperty("current-context", "ada@shop.east");
  });

  test("is written anew where it cannot be read", async () => {
    const { grant, write, path } = await setUp();
    const access = await grant("east", { identity: tokens });
    await write(access);
    for (const text of ["", "[", "users: 3", "users: [{name: ada@shop.east, user: {token: 7}}]"]) {
      await writeFile(path, text);
      expect(await grant("east", { identity: tokens })).toMatchObject({ users: [{ outcome: "issued" }] });
      await write(access);
      expect(await contextsOf(path)).toEqual(["ada@shop.east"]);
    }
  });
});

describe("while clusters come one by one", () => {
  /** Clusters of every kind: one without a credential for its users, and one of which only the file knows the address. */
  async function threeKinds() {
    const scene = await setUp(["shop/ada", "shop/bob"], new Date());
    const { grant, write, fakeOf, path } = scene;
    await write(await grant("east"), await grant("lost", { identity: tokens }), await grant("failed"));
    const before = await readFile(path, "utf8");
    fakeOf("lost").before = () => {
      throw new CloudError("UNREACHABLE", "lost: no connection");
    };
    const { endpoint: _, ...lost } = await grant("lost", { identity: tokens });
    fakeOf("failed").signer = "fails";
    await rm(join(scene.stateDir, "certificates"), { recursive: true });
    const failed = await grant("failed");
    const others = [await grant("east"), await grant("west", { namespaces: ["shop-web", "shop-api"] })];
    return { ...scene, before, access: [...others, lost, failed, await grant("north", { identity: tokens })] };
  }

  test("the files are the same in whatever order they come", async () => {
    const { access, write, path, before } = await threeKinds();
    const chosen = before.replace(/current-context: .*/, "current-context: ada@shop.lost");
    for (const start of [undefined, before, chosen, stringify(parse(chosen))]) {
      const begin = () => (start === undefined ? rm(path, { force: true }) : writeFile(path, start, { mode: 0o600 }));
      await begin();
      const expected = await write(...access);
      const text = await readFile(path, "utf8");
      await fc.assert(
        fc.asyncProperty(fc.shuffledSubarray(access, { minLength: access.length }), fc.nat(4), async (order, last) => {
          await begin();
          const kubeconfigs = await openKubeconfigs(join(path, "..", "..", ".."));
          for (const cluster of order.slice(0, last)) await kubeconfigs.add(cluster);
          await Promise.all(order.slice(last, -1).map((cluster) => kubeconfigs.add(cluster)));
          const [ada] = await kubeconfigs.finish(...order.slice(-1));
          expect(ada).toEqual(expected[0]);
          expect(await readFile(path, "utf8")).toBe(text);
        }),
        { numRuns: 25 },
      );
    }
  });

  test("each is in the file once it is taken in, and nothing leaves it before the end", async () => {
    const { access, path, stateDir, before } = await threeKinds();
    const kubeconfigs = await openKubeconfigs(stateDir);
    const [, west, , failed] = access;
    await kubeconfigs.add(...(failed === undefined ? [] : [failed]));
    expect(await readFile(path, "utf8")).toBe(before);
    await kubeconfigs.add(...(west === undefined ? [] : [west]));
    const kept = ["ada@shop.east", "ada@shop.failed", "ada@shop.lost"];
    expect(await contextsOf(path)).toEqual([...kept, "ada@shop.west", "ada@shop.west/shop-api"]);
    const { users } = await read(path);
    for (const old of (parse(before) as Kubeconfig).users) expect(users).toContainEqual(old);
    await kubeconfigs.finish();
    expect(await contextsOf(path)).toEqual(["ada@shop.west", "ada@shop.west/shop-api"]);
  });

  test("a current context that is chosen meanwhile stays", async () => {
    const { grant, path, stateDir } = await setUp();
    const kubeconfigs = await openKubeconfigs(stateDir);
    await kubeconfigs.add(await grant("south"));
    await kubeconfigs.add(await grant("north"));
    expect(await read(path)).toHaveProperty("current-context", "ada@shop.north");
    await writeFile(path, stringify({ ...(await read(path)), "current-context": "ada@shop.south" }));
    await kubeconfigs.finish(await grant("east"));
    expect(await read(path)).toHaveProperty("current-context", "ada@shop.south");
  });

  test("a file that has all is not written again at the end", async () => {
    const { grant, path, stateDir } = await setUp();
    const kubeconfigs = await openKubeconfigs(stateDir);
    await kubeconfigs.add(await grant("south"));
    await kubeconfigs.add(await grant("north"));
    const { ino } = await stat(path);
    expect(await kubeconfigs.finish()).toMatchObject([{ action: "created", contexts: { length: 2 } }]);
    expect((await stat(path)).ino).toBe(ino);
  });
});

test("a user without any credential gets no kubeconfig", async () => {
  const { grant, write, stateDir, fakeOf } = await setUp();
  fakeOf("east").signer = "fails";
  expect(await write(await grant("east"))).toEqual([]);
  expect(await readdir(stateDir)).not.toContain("kubeconfigs");
});

test("two clouds with a user of the same name share nothing", async () => {
  const { grant, write, stateDir } = await setUp(["shop/ada", "bank/ada"]);
  await write(await grant("east"));
  const [shop, bank] = await Promise.all(
    ["shop", "bank"].map((cloud) => read(join(stateDir, "kubeconfigs", cloud, "ada.yaml"))),
  );
  const namesOf = (config: Kubeconfig | undefined) =>
    [config?.clusters, config?.contexts, config?.users].flatMap((list) => list?.map(({ name }) => name) ?? []);
  expect(namesOf(shop).filter((name) => namesOf(bank).includes(name))).toEqual([]);
  expect(shop?.users[0]?.user["client-key-data"]).not.toBe(bank?.users[0]?.user["client-key-data"]);
});

test("a kubeconfig that others could read is left, told, and stops no other", async () => {
  const { grant, write, path } = await setUp(["shop/ada", "shop/bob"]);
  await write(await grant("east"));
  await chmod(path, 0o644);
  expect(await write(await grant("west"))).toMatchObject([
    { user: "ada", action: "skipped", failure: { code: "KEY_STORE" } },
    { user: "bob", action: "configured" },
  ]);
  expect(await contextsOf(path)).toEqual(["ada@shop.east"]);
});

test("the kubeconfig of somebody who is in no cloud any more is left, and told", async () => {
  const { grant, write, path, stateDir } = await setUp(["shop/ada", "shop/bob"]);
  await write(await grant("east"));
  const before = await readFile(path, "utf8");
  await mkdir(join(stateDir, "kubeconfigs", "shop", "of-the-user"));
  await writeFile(join(stateDir, "kubeconfigs", "shop", "of-the-user", "x.yaml"), "");
  expect(await write(await grant("east", { users: ["shop/bob"] }))).toMatchObject([
    { user: "ada", path, action: "stale", contexts: [] },
    { user: "bob", action: "unchanged" },
  ]);
  expect(await readFile(path, "utf8")).toBe(before);
  await expectKeys({ stateDir });
});

/** Whoever leaves keeps the key: it may be needed to read what it has signed, and can be made by nobody. */
async function expectKeys({ stateDir }: Pick<Scene, "stateDir">): Promise<void> {
  expect((await readdir(join(stateDir, "keys", "shop"))).sort()).toEqual(["ada.key.pem", "bob.key.pem"]);
}
