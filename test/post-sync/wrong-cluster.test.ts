import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { applyCluster } from "../../src/delivery/apply/apply-cluster.ts";
import { CloudError } from "../../src/model/error.ts";
import { INVENTORY_KIND } from "../../src/model/inventory.ts";
import { SYSTEM_NAMESPACE } from "../../src/model/labels.ts";
import { grantAccess } from "../../src/post-sync/grant-access.ts";
import type { ClusterIdentity } from "../../src/rendered/files.ts";
import { rendered } from "../delivery/rendered.ts";
import { type FakeCluster, fakeCluster } from "../fakes/fake-cluster.ts";
import { accountOf, makeScene, requestOf, writeKubeconfigs, x509 } from "./scene.ts";

const tokens: ClusterIdentity = { kind: "service-account", expirationSeconds: 3600 };
const oidc: ClusterIdentity = {
  kind: "oidc",
  exec: {
    apiVersion: "client.authentication.k8s.io/v1",
    command: "login",
    args: [],
    env: [],
    interactiveMode: "Never",
  },
};
const both = { half: "both", timeoutMs: 5000 } as const;
const inventory = { ...INVENTORY_KIND, namespace: SYSTEM_NAMESPACE, name: "lc-cluster" };

/** A cluster that our context calls `east`. @param name - What was delivered to it as. */
async function clusterOf(name: string): Promise<FakeCluster> {
  const fake = fakeCluster(name);
  await applyCluster(fake, rendered({}, { name }), { removable: new Set(), removeMany: false });
  for (const manifest of accountOf("shop/ada")) await fake.behind("admin").apply(manifest);
  fake.requests.length = 0;
  return Object.assign(fake, { cluster: "east" });
}

const writesOf = ({ requests }: FakeCluster) =>
  requests.filter(({ verb, ref }) => verb !== "get" && verb !== "list" && ref.kind !== "SelfSubjectReview");

describe("a context that leads to another cluster", () => {
  test.each([
    ["both", x509],
    ["collect", x509],
    ["both", tokens],
    ["collect", tokens],
  ] as const)("gets nobody anything: %s, %j", async (half, identity) => {
    const scene = await makeScene();
    const west = await clusterOf("west");
    const options = { ...both, stateDir: scene.stateDir, half };
    const access = await grantAccess(west, scene.render("east", { identity }), options);
    expect(access).toMatchObject({ users: [{ outcome: "none" }], failures: [{ code: "WRONG_CLUSTER" }] });
    expect(writesOf(west)).toEqual([]);
    expect(await writeKubeconfigs([access], scene.stateDir)).toEqual([]);
  });

  test("approves nothing", async () => {
    const scene = await makeScene();
    const west = await clusterOf("west");
    const cluster = scene.render("east", { identity: { kind: "x509", requesters: ["carol"] } });
    await west.behind("carol").create(requestOf(cluster));
    const access = await grantAccess(west, cluster, { ...both, stateDir: scene.stateDir, half: "approve" });
    expect(access).toMatchObject({ users: [{ outcome: "none" }], failures: [{ code: "WRONG_CLUSTER" }] });
    expect(writesOf(west)).toEqual([]);
  });

  test.each([x509, tokens, oidc])(
    "leaves users what they have of the right one, with its address: %j",
    async (identity) => {
      const scene = await makeScene();
      const [east, west] = [await clusterOf("east"), await clusterOf("west")];
      const cluster = scene.render("east", { identity });
      const options = { ...both, stateDir: scene.stateDir };
      const [file] = await writeKubeconfigs([await grantAccess(east, cluster, options)], scene.stateDir);
      const before = await readFile(file?.path ?? "", "utf8");
      const access = await grantAccess(west, cluster, options);
      expect(access).toMatchObject({
        users: [{ outcome: expect.stringMatching(/kept|configured/) }],
        failures: [{ code: "WRONG_CLUSTER" }],
      });
      expect(await writeKubeconfigs([access], scene.stateDir)).toMatchObject([{ action: "unchanged" }]);
      expect(await readFile(file?.path ?? "", "utf8")).toBe(before);
    },
  );
});

test("a cluster that does not answer who it is changes no address either", async () => {
  const scene = await makeScene();
  const [east, west] = [await clusterOf("east"), await clusterOf("west")];
  const options = { ...both, stateDir: scene.stateDir };
  await writeKubeconfigs([await grantAccess(east, scene.render("east"), options)], scene.stateDir);
  west.before = () => {
    throw new CloudError("UNREACHABLE", "east: no answer");
  };
  const access = await grantAccess(west, scene.render("east"), options);
  expect(await writeKubeconfigs([access], scene.stateDir)).toMatchObject([{ action: "unchanged" }]);
});

test("a cluster to which nothing was delivered directly is taken as it is", async () => {
  const scene = await makeScene();
  const access = await grantAccess(fakeCluster("east"), scene.render("east"), { ...both, stateDir: scene.stateDir });
  expect(access).toMatchObject({ users: [{ outcome: "issued" }], failures: [] });
});

test.each([
  ["approve", "approve"],
  ["collect", "collect"],
  ["both", "collect"],
] as const)("whoever may not ask which cluster it is (%s) learns which role is missing", async (half, role) => {
  const scene = await makeScene();
  const east = await clusterOf("east");
  east.before = ({ ref }) => {
    if (ref.kind === inventory.kind) throw new CloudError("FORBIDDEN", "east: forbidden");
  };
  const options = { ...both, stateDir: scene.stateDir, half };
  const { failures, users } = await grantAccess(east, scene.render("east"), options);
  expect(failures).toMatchObject([
    { code: "FORBIDDEN", message: expect.stringContaining(`Role/${SYSTEM_NAMESPACE}/lcloud-${role}`) },
  ]);
  expect(users).toMatchObject([{ outcome: "none" }]);
  expect(writesOf(east)).toEqual([]);
});
