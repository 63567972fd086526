import { beforeEach, describe, expect, test } from "vitest";
import { applyCluster } from "../../src/delivery/apply/apply-cluster.ts";
import { inspectCluster } from "../../src/inspect/inspect-cluster.ts";
import { clusterMarker } from "../../src/model/cluster-marker.ts";
import { SYSTEM_NAMESPACE } from "../../src/model/labels.ts";
import { grantAccess } from "../../src/post-sync/grant-access.ts";
import { rendered } from "../delivery/rendered.ts";
import { type FakeCluster, fakeCluster } from "../fakes/fake-cluster.ts";
import { makeScene, type Scene } from "./scene.ts";

const guarded = { removable: new Set<string>(), removeMany: false };

/** A cluster that our context calls `east`, and to which an agent has brought the marker of another or the same one. */
async function pulledAs(name: string): Promise<FakeCluster> {
  const fake = fakeCluster("east");
  const agent = fake.behind("kustomize-controller");
  await agent.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: SYSTEM_NAMESPACE } });
  await agent.apply(clusterMarker(name));
  fake.requests.length = 0;
  return fake;
}

const looking = () => ({ stateDir: scene.stateDir, now: new Date() });

const writesOf = ({ requests }: FakeCluster) =>
  requests.filter(({ verb, ref }) => verb !== "get" && verb !== "list" && ref.kind !== "SelfSubjectReview");

const wrong = expect.objectContaining({
  code: "WRONG_CLUSTER",
  message: expect.stringMatching(/^ConfigMap\/lcloud-system\/lcloud-cluster .+ west; .+lcloud bootstrap east/),
});

let scene: Scene;
beforeEach(async () => {
  scene = await makeScene();
});

describe("where an agent was told that this is another cluster", () => {
  test("nobody is given access", async () => {
    const cluster = await pulledAs("west");
    const options = { half: "both", timeoutMs: 5000, stateDir: scene.stateDir } as const;
    const access = await grantAccess(cluster, scene.render("east"), options);
    expect(access).toMatchObject({ users: [{ outcome: "none" }], failures: [wrong] });
    expect(writesOf(cluster)).toEqual([]);
  });

  test("nothing is delivered", async () => {
    const cluster = await pulledAs("west");
    const changes = await applyCluster(cluster, rendered({}, { name: "east" }), guarded);
    expect(changes.failures).toEqual([wrong]);
    expect(writesOf(cluster)).toEqual([]);
  });

  test("the status says so", async () => {
    const cluster = await pulledAs("west");
    const status = await inspectCluster(cluster, scene.render("east"), looking());
    expect(status.failures).toEqual([wrong]);
  });
});

describe("where an agent was told that this is the cluster", () => {
  test("users are given access", async () => {
    const options = { half: "both", timeoutMs: 5000, stateDir: scene.stateDir } as const;
    const access = await grantAccess(await pulledAs("east"), scene.render("east"), options);
    expect(access).toMatchObject({ users: [{ outcome: "issued" }], failures: [] });
  });

  test("the marker is taken for no inventory", async () => {
    const cluster = fakeCluster("east");
    const dist = rendered({}, { name: "east" });
    await applyCluster(cluster, dist, guarded);
    await cluster.behind("kustomize-controller").apply(clusterMarker("east"));
    const changes = await applyCluster(cluster, dist, guarded);
    expect(changes.failures).toEqual([]);
    const { failures } = await inspectCluster(cluster, scene.render("east"), looking());
    expect(failures).toEqual([]);
  });
});
