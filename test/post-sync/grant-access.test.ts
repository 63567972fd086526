import { describe, expect, test } from "vitest";
import { CloudError } from "../../src/model/error.ts";
import { CLUSTER_MEMORIES } from "../../src/post-sync/check-cluster.ts";
import type { UserGrant } from "../../src/post-sync/cluster-access.ts";
import { grantAccess, keepAccess } from "../../src/post-sync/grant-access.ts";
import { fakeCluster } from "../fakes/fake-cluster.ts";
import { forged, requestPem } from "./planting.ts";
import { makeScene, requestOf, type UserPath, writeKubeconfigs } from "./scene.ts";

const oidc = {
  kind: "oidc",
  exec: {
    apiVersion: "client.authentication.k8s.io/v1",
    command: "login",
    args: ["--cluster", "{cluster}", "{user}"],
    env: [],
    interactiveMode: "IfAvailable",
  },
} as const;

const many: readonly UserPath[] = Array.from({ length: 30 }, (_, index) => `shop/user-${index}` as const);

const both = { half: "both", timeoutMs: 5000 } as const;

test("each user is told as soon as that is done, and one who fails stops no other", async () => {
  const scene = await makeScene(many);
  const cluster = scene.render("east");
  const fake = fakeCluster("east");
  await fake.behind("mallory").create(forged(requestOf(cluster, "shop/user-7")));
  const told: UserGrant[] = [];
  const options = { ...both, stateDir: scene.stateDir, onGrant: (grant: UserGrant) => told.push(grant) };
  const { users } = await grantAccess(fake, cluster, options);
  expect(users.map(({ user }) => `shop/${user}`)).toEqual(many);
  expect(users.filter(({ outcome }) => outcome !== "issued")).toMatchObject([{ user: "user-7", outcome: "none" }]);
  expect(new Set(told)).toEqual(new Set(users));
});

describe("where our own context trusts whoever answers", () => {
  const unverified = () => {
    const fake = fakeCluster("east");
    return Object.assign(fake, { endpoint: { server: fake.endpoint.server, isUnverified: true } as const });
  };

  test("no user gets a kubeconfig that cannot verify the server, and nothing is signed", async () => {
    const { stateDir, render } = await makeScene();
    const fake = unverified();
    const access = await grantAccess(fake, render("east"), { ...both, stateDir });
    expect(access.failures).toMatchObject([{ code: "NO_CONTEXT" }]);
    expect(fake.requests.filter(({ verb }) => verb !== "get")).toEqual([]);
    expect(await writeKubeconfigs([access], stateDir)).toEqual([]);
  });

  test("the authority of the fleet is what users trust", async () => {
    const { stateDir, render } = await makeScene();
    const endpoint = { certificateAuthority: "authority of the fleet" };
    const access = await grantAccess(unverified(), render("east", { endpoint }), { ...both, stateDir });
    expect(access).toMatchObject({ failures: [], users: [{ outcome: "issued" }] });
    expect(access.endpoint).toEqual({ server: "https://east.example:6443", ...endpoint });
  });

  test("whoever only approves needs no authority", async () => {
    const { stateDir, render } = await makeScene();
    const { failures } = await grantAccess(unverified(), render("east"), { ...both, stateDir, half: "approve" });
    expect(failures).toEqual([]);
  });
});

test("users are worked on at once, but not all of them", async () => {
  const scene = await makeScene(many);
  const fake = fakeCluster("east");
  let [now, most] = [0, 0];
  fake.before = async () => {
    most = Math.max(most, ++now);
    await new Promise(setImmediate);
    now--;
  };
  await grantAccess(fake, scene.render("east"), { ...both, stateDir: scene.stateDir });
  expect(most).toBe(8);
});

test("the requests of a cluster are listed once for all users, and not at all if nobody needs one", async () => {
  const scene = await makeScene(many);
  const fake = fakeCluster("east");
  const options = { ...both, stateDir: scene.stateDir };
  const lists = () => fake.requests.filter(({ verb }) => verb === "list").length;
  await grantAccess(fake, scene.render("east"), options);
  expect(lists()).toBe(1);
  await grantAccess(fake, scene.render("east"), options);
  expect(lists()).toBe(1);
});

test("a signer that does not run is not waited for by each user", async () => {
  const scene = await makeScene(many);
  const fake = fakeCluster("east");
  fake.signer = "off";
  const options = { ...both, stateDir: scene.stateDir, timeoutMs: 400 };
  const started = performance.now();
  const { users } = await grantAccess(fake, scene.render("east"), options);
  expect(new Set(users.map(({ failure }) => failure?.code))).toEqual(new Set(["CSR_TIMEOUT"]));
  expect(performance.now() - started).toBeLessThan(Math.ceil(many.length / 8) * 400);
});

describe("a cluster that cannot be reached", () => {
  const lost = new CloudError("UNREACHABLE", "east: no connection; is it up?");

  test("fails once, and leaves users their stored certificates", async () => {
    const scene = await makeScene(["shop/ada", "shop/bob"]);
    const fake = fakeCluster("east");
    const options = { ...both, stateDir: scene.stateDir };
    await grantAccess(fake, scene.render("east", { users: ["shop/ada"] }), options);
    fake.before = () => {
      throw lost;
    };
    const { users, failures } = await grantAccess(fake, scene.render("east"), options);
    expect(failures).toEqual([{ code: "UNREACHABLE", message: "no connection; is it up?" }]);
    expect(users).toMatchObject([
      { user: "ada", outcome: "kept", unverified: true, credential: { kind: "certificate" } },
      { user: "bob", outcome: "none" },
    ]);
    expect(users.some((user) => "failure" in user)).toBe(false);
  });

  test("is not tried again for each user once it is gone", async () => {
    const scene = await makeScene(many);
    const fake = fakeCluster("east");
    fake.before = ({ verb }) => {
      if (verb === "create" && fake.requests.length > 1) throw lost;
    };
    const { users, failures } = await grantAccess(fake, scene.render("east"), { ...both, stateDir: scene.stateDir });
    expect(failures).toMatchObject([{ code: "UNREACHABLE" }]);
    expect(users).toHaveLength(many.length);
    expect(fake.requests.filter(({ verb }) => verb === "create").length).toBeLessThan(12);
  });

  test("has stored certificates that are right for today only", async () => {
    const scene = await makeScene();
    const fake = fakeCluster("east");
    const options = { ...both, stateDir: scene.stateDir };
    await grantAccess(fake, scene.render("east"), options);
    const failure = { code: "NO_CONTEXT", message: "no such context" } as const;
    const brought = { "shop/ada": requestPem("lc:shop:ada") } as const;
    expect(await keepAccess(scene.render("east"), options, failure)).toMatchObject({
      cluster: "east",
      users: [{ outcome: "kept", unverified: true }],
      failures: [failure],
    });
    const { users } = await keepAccess(scene.render("east", { brought }), options, failure);
    expect(users).toMatchObject([{ outcome: "none" }]);
  });
});

test("whoever only approves looks at no stored certificate", async () => {
  const scene = await makeScene();
  const fake = fakeCluster("east");
  const options = { ...both, stateDir: scene.stateDir };
  await grantAccess(fake, scene.render("east"), options);
  const failure = { code: "NO_CONTEXT", message: "no such context" } as const;
  const { users } = await keepAccess(scene.render("east"), { ...options, half: "approve" }, failure);
  expect(users).toEqual([{ cloud: "shop", user: "ada", kind: "x509", namespaces: ["shop"], outcome: "none" }]);
});

test("a cluster that does not let us in fails once", async () => {
  const scene = await makeScene();
  const fake = fakeCluster("east");
  fake.before = () => {
    throw new CloudError("UNAUTHORIZED", "east: who are you; log in");
  };
  const { users, failures } = await grantAccess(fake, scene.render("east"), { ...both, stateDir: scene.stateDir });
  expect(failures).toEqual([{ code: "UNAUTHORIZED", message: "who are you; log in" }]);
  expect(users).toMatchObject([{ outcome: "none" }]);
});

test("where users log in elsewhere only the cluster's name is asked, and only the arguments have it", async () => {
  const scene = await makeScene();
  const fake = fakeCluster("east");
  const cluster = scene.render("east", { identity: oidc });
  const { users, failures } = await grantAccess(fake, cluster, { ...both, stateDir: scene.stateDir });
  const exec = { ...oidc.exec, args: ["--cluster", "east", "{user}"] };
  expect(users).toMatchObject([{ kind: "oidc", outcome: "configured", credential: { kind: "exec", exec } }]);
  expect(failures).toEqual([]);
  expect(fake.requests).toMatchObject(CLUSTER_MEMORIES.map((ref) => ({ verb: "get", ref })));
});

test("only certificates are approved", async () => {
  const scene = await makeScene();
  const fake = fakeCluster("east");
  for (const identity of [oidc, { kind: "service-account", expirationSeconds: 3600 }] as const) {
    const options = { half: "approve", stateDir: scene.stateDir, timeoutMs: 0 } as const;
    const { users, failures } = await grantAccess(fake, scene.render("east", { identity }), options);
    expect([users, failures, fake.requests]).toEqual([[], [], []]);
  }
});

test.each([
  [{}, { server: "https://east.example:6443", certificateAuthority: "authority of east", tlsServerName: "east" }],
  [{ server: "https://api" }, { server: "https://api", certificateAuthority: "authority of east" }],
  [
    { certificateAuthority: "another" },
    { server: "https://east.example:6443", certificateAuthority: "another", tlsServerName: "east" },
  ],
])("users get the endpoint of dist/, else our own: %j", async (endpoint, expected) => {
  const scene = await makeScene();
  const fake = fakeCluster("east");
  const api = Object.assign(fake, { endpoint: { ...fake.endpoint, tlsServerName: "east" } });
  const cluster = scene.render("east", { endpoint, identity: oidc });
  expect((await grantAccess(api, cluster, { ...both, stateDir: scene.stateDir })).endpoint).toEqual(expected);
});
