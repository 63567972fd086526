import { rm } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { kubeconfigPath } from "../../src/keys/state-layout.ts";
import { USERS_NAMESPACE } from "../../src/model/labels.ts";
import { refOf } from "../../src/model/ref.ts";
import type { ClusterAccess } from "../../src/post-sync/cluster-access.ts";
import { grantAccess } from "../../src/post-sync/grant-access.ts";
import { StoredTokens } from "../../src/post-sync/stored-tokens.ts";
import { fakeCluster } from "../fakes/fake-cluster.ts";
import { accountOf, HOUR, makeScene, writeKubeconfigs } from "./scene.ts";

const start = new Date("2030-01-01T00:00:00Z");
const later = (seconds: number): Date => new Date(start.getTime() + seconds * 1000);

async function setUp() {
  const scene = await makeScene();
  let now = start;
  const fake = fakeCluster("east", { now: () => now });
  const admin = fake.behind("admin");
  for (const manifest of accountOf("shop/ada")) await admin.apply(manifest);
  const run = async (expirationSeconds = HOUR) => {
    const cluster = scene.render("east", { identity: { kind: "service-account", expirationSeconds } });
    const access = await grantAccess(fake, cluster, { stateDir: scene.stateDir, half: "both", timeoutMs: 0 });
    await writeKubeconfigs([access], scene.stateDir);
    return access.users[0];
  };
  const setTime = (time: Date): void => {
    now = time;
  };
  return { scene, fake, admin, run, setTime };
}

const fetched = ({ requests }: ReturnType<typeof fakeCluster>) =>
  requests.filter(({ subresource }) => subresource === "token");

test("a user gets a token of the own ServiceAccount, with the lifetime that was asked for", async () => {
  const { fake, run } = await setUp();
  expect(await run()).toMatchObject({ kind: "service-account", outcome: "issued", expires: later(HOUR) });
  expect(fetched(fake)).toMatchObject([
    {
      ref: { kind: "TokenRequest", namespace: USERS_NAMESPACE, name: "shop.ada" },
      manifest: { spec: { expirationSeconds: HOUR } },
    },
  ]);
});

test("what the server grants is shown, not what was asked for", async () => {
  const { fake, run } = await setUp();
  fake.maxTokenSeconds = 900;
  expect(await run()).toMatchObject({ outcome: "issued", expires: later(900) });
});

describe("a token in the kubeconfig", () => {
  test("is kept while more than a third of its life is left, and none is made", async () => {
    const { fake, run, setTime } = await setUp();
    const first = await run();
    setTime(later((HOUR * 2) / 3 - 1));
    const second = await run();
    expect(second).toMatchObject({ outcome: "kept", expires: first?.expires });
    expect(second).not.toHaveProperty("unverified");
    expect(fetched(fake)).toHaveLength(1);
  });

  test("is kept although the server grants more than it is asked for", async () => {
    const { run, setTime } = await setUp();
    await run(2 * HOUR);
    setTime(later(1));
    expect(await run(2 * HOUR)).toMatchObject({ outcome: "kept" });
    expect(await run(3 * HOUR)).toMatchObject({ outcome: "kept" });
  });

  test.each([
    ["a third of its life is left", (HOUR * 2) / 3, HOUR],
    ["it has ended", HOUR, HOUR],
    ["git asks for a shorter life", 0, HOUR / 2],
  ])("is renewed once %s", async (_, after, seconds) => {
    const { run, setTime } = await setUp();
    await run();
    setTime(later(after));
    expect(await run(seconds)).toMatchObject({ outcome: "issued", expires: later(after + seconds) });
  });

  test("is renewed once its ServiceAccount is another one of that name", async () => {
    const { fake, admin, run } = await setUp();
    await run();
    for (const manifest of accountOf("shop/ada").slice(1)) {
      fake.remove(refOf(manifest));
      await admin.apply(manifest);
    }
    expect(await run()).toMatchObject({ outcome: "issued" });
  });
});

test("a ServiceAccount that is not there yet is told", async () => {
  const { fake, run } = await setUp();
  for (const manifest of accountOf("shop/ada").slice(1)) fake.remove(refOf(manifest));
  const grant = await run();
  expect(grant).toMatchObject({ outcome: "none", failure: { code: "NOT_FOUND" } });
  expect(grant?.failure?.message).toMatch(/ServiceAccount\/lcloud-users\/shop\.ada .*; run lcloud sync/);
});

test("a token of somebody else is refused", async () => {
  const { fake, run } = await setUp();
  fake.before = ({ credential }) => {
    if (credential?.kind !== "token") return;
    fake.tokens.set(credential.token, { username: "system:serviceaccount:lcloud-users:shop.eve", groups: [] });
  };
  expect(await run()).toMatchObject({ outcome: "none", failure: { code: "TOKEN_WRONG" } });
});

test("a kubeconfig of many clusters is read once in a run, for whichever of them", async () => {
  const { stateDir, render } = await makeScene();
  const identity = { kind: "service-account", expirationSeconds: HOUR } as const;
  const fakes = ["east", "west"].map((name) => fakeCluster(name, { now: () => start }));
  for (const fake of fakes) for (const manifest of accountOf("shop/ada")) await fake.behind("admin").apply(manifest);
  const run = async (): Promise<readonly (string | undefined)[]> => {
    const options = { stateDir, tokens: new StoredTokens(stateDir), half: "both", timeoutMs: 0 } as const;
    const given: ClusterAccess[] = [];
    for (const fake of fakes) {
      given.push(await grantAccess(fake, render(fake.cluster, { identity }), options));
      // only who has read it knows it by now
      await rm(kubeconfigPath(stateDir, "shop", "ada"), { force: true });
    }
    await writeKubeconfigs(given, stateDir);
    return given.map(({ users }) => users[0]?.outcome);
  };
  expect(await run()).toEqual(["issued", "issued"]);
  expect(await run()).toEqual(["kept", "kept"]);
});
