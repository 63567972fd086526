import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { applyCluster } from "../../src/delivery/apply/apply-cluster.ts";
import { releaseCluster } from "../../src/delivery/apply/release-cluster.ts";
import { deliverRules } from "../../src/delivery/apply/roles.ts";
import { unitKindOf } from "../../src/engine/live-unit.ts";
import { fieldManagerOf } from "../../src/engine/owner-marks.ts";
import { inspectCluster } from "../../src/inspect/inspect-cluster.ts";
import { readRules } from "../../src/inspect/roles.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import { kindsToSearch } from "../../src/model/cloud-kinds.ts";
import { INVENTORY_KIND, INVENTORY_QUERY } from "../../src/model/inventory.ts";
import { FIELD_MANAGER, SYSTEM_NAMESPACE } from "../../src/model/labels.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { clusterRole, resourceOf, role } from "../../src/model/policy-rule.ts";
import { formatRef, refOf } from "../../src/model/ref.ts";
import { CLUSTER_UNIT } from "../../src/model/units.ts";
import type { RenderedCluster } from "../../src/rendered/rendered-cluster.ts";
import { asHolderOf } from "../lab/accounts.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { withOneRightLess } from "../lab/fewer-rights.ts";
import { type GitServer, startGitServer } from "../lab/git-server.ts";
import { hasRedis } from "../lab/redis.ts";
import { LabAgent } from "./agent-lab.ts";
import { codesOf, failuresOf, guarded } from "./delivered.ts";
import { connectTo, kubectl } from "./lab-cluster.ts";
import { binding, cloudObjects, group, meta, quota, rendered, sharedRole } from "./rendered.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 600_000 });

/** What .ci/run installs; without it the rest is tested. */
const withArgoCd = await hasRedis();

const CLOUD = "shop";
const UNITS = ["lc-cluster", "lc-cloud-shop"];

/** A cloud whose quota limits these. */
const limitingOn = (name: string, hard: Readonly<Record<string, string>>, more: readonly Manifest[]): RenderedCluster =>
  rendered(
    {
      [CLOUD]: [
        ...cloudObjects(CLOUD).map((each) => (each.kind === "ResourceQuota" ? limit(hard) : each)),
        service,
        cronJob,
        ...more,
      ],
    },
    { name, shared: [sharedRole("lc:see")] },
  );
const limit = (hard: object): Manifest => ({ ...quota(CLOUD, "5"), spec: { hard } });

/** Of kinds that agents know, and fill in. */
const service: Manifest = {
  apiVersion: "v1",
  kind: "Service",
  metadata: meta(CLOUD, "web", CLOUD),
  spec: { selector: { app: "web" }, ports: [{ port: 80 }] },
};
const cronJob: Manifest = {
  apiVersion: "batch/v1",
  kind: "CronJob",
  metadata: meta(CLOUD, "nightly", CLOUD),
  spec: {
    schedule: "0 0 * * *",
    suspend: true,
    jobTemplate: {
      spec: {
        template: { spec: { restartPolicy: "Never", containers: [{ name: "main", image: "example.com/a:1" }] } },
      },
    },
  },
};

const eve = binding(CLOUD, "lc:eve", CLOUD, { kind: "ClusterRole", name: "view" }, [group("eve")]);
const isStaying = ({ metadata: { name } }: Manifest): boolean => name !== "lc:eve" && name !== "lcloud-cluster";

let lab: Lab<"flux" | "argocd">;
let server: GitServer;

beforeAll(async () => {
  lab = await startLab([{ name: "flux" }, { name: "argocd" }]);
  server = await startGitServer();
});
afterAll(async () => {
  await server?.stop();
  await lab?.stop();
});

describe.each(["flux", ...(withArgoCd ? (["argocd"] as const) : [])] as const)("with %s", (kind) => {
  let api: KubeApi;
  let agent: LabAgent;
  let uids: readonly string[];
  /** By which a cluster is released, in the words of the error. */
  let commands: string;

  const limiting = (hard: Readonly<Record<string, string>>, ...more: readonly Manifest[]): RenderedCluster =>
    limitingOn(kind, hard, more);
  const staying = limiting({}).units.flatMap(({ manifests }) => manifests.filter(isStaying));
  const uidsNow = () =>
    Promise.all(staying.map(async (manifest) => (await api.get(refOf(manifest)))?.metadata.uid ?? ""));
  const hardNow = async () => (await api.get(refOf(limit({}))))?.["spec"];
  const managersNow = async (): Promise<ReadonlySet<string>> => {
    const live = await Promise.all(staying.map((manifest) => api.get(refOf(manifest))));
    const appliers = live
      .flatMap((each) => each?.metadata.managedFields ?? [])
      .filter((each) => each.operation === "Apply");
    return new Set(appliers.map(({ manager = "" }) => manager));
  };

  beforeAll(async () => {
    api = await connectTo(lab, kind);
    agent = await LabAgent.start(kind, lab.clusters[kind], api, await server.createRepository(kind));
  });
  afterAll(async () => {
    await agent?.[Symbol.asyncDispose]();
    api?.close();
  });

  test("what was delivered directly goes over to the agent, with what left dist/ meanwhile", async () => {
    const direct = limiting({ pods: "5", secrets: "9" }, eve);
    expect(codesOf(await applyCluster(api, direct, guarded))).toEqual([]);
    uids = await uidsNow();
    const pulled = agent.pulled(limiting({ pods: "5" }));
    for (const manifest of agent.bootstrap(pulled)) await api.apply(manifest);
    await agent.deliver(pulled);
    expect(await hardNow()).toEqual({ hard: { pods: "5", secrets: "9" } });
    expect(await api.get(refOf(eve))).toBeDefined();
    const tell = { apiGroups: [""], resources: ["configmaps"], resourceNames: [CLUSTER_UNIT], verbs: ["get"] };
    const roles = [...deliverRules(pulled), role(SYSTEM_NAMESPACE, "tell-cluster", [tell])];
    const hand = await asHolderOf(api, "hand", roles);
    const released = await releaseCluster(hand, pulled, agent.delivery.engine, new Set(UNITS));
    hand.close();
    expect(released && failuresOf(released)).toEqual([]);
    expect(await hardNow()).toEqual({ hard: { pods: "5" } });
    expect(await api.get(refOf(eve))).toBeUndefined();
    expect(await uidsNow()).toEqual(uids);
    expect(await managersNow()).toEqual(new Set([fieldManagerOf(kind)]));
    const memory = await api.list(INVENTORY_KIND, INVENTORY_QUERY);
    expect(memory.map(({ metadata }) => metadata.name)).toEqual(["lcloud-cluster"]);
    expect(await releaseCluster(api, pulled, agent.delivery.engine, new Set(UNITS))).toBeUndefined();
  });

  test("from then on what git drops goes, and what it adds comes", async () => {
    await agent.deliver(agent.pulled(limiting({ pods: "5", configmaps: "7" }, eve)));
    expect(await hardNow()).toEqual({ hard: { pods: "5", configmaps: "7" } });
    await agent.deliver(agent.pulled(limiting({ configmaps: "7" }, eve)));
    expect(await hardNow()).toEqual({ hard: { configmaps: "7" } });
    expect(await uidsNow()).toEqual(uids);
  });

  test("status sees with read rights that all is as the agent has it, and who has access beyond dist/", async () => {
    const pulled = agent.pulled(limiting({ configmaps: "7" }, eve));
    const reader = await asHolderOf(api, "look", readRules(pulled));
    const credentials = { stateDir: "/nowhere", now: new Date() };
    const status = await inspectCluster(reader, pulled, credentials);
    const fine = { state: "delivered", missing: [], drifted: [], foreign: [], failures: [] };
    expect(status.shared).toEqual(fine);
    expect(status.clouds).toEqual([{ cloud: CLOUD, users: [], ...fine }]);
    expect([status.failures, status.leftovers, status.agent?.failure]).toEqual([[], [], undefined]);
    const units = status.agent?.units.filter(({ unit }) => UNITS.includes(unit)) ?? [];
    expect(units.map(({ state, revision = "" }) => [state, revision.length])).toEqual([
      ["applied", 40],
      ["applied", 40],
    ]);
    const without = await inspectCluster(reader, agent.pulled(limiting({ configmaps: "7" })), credentials);
    expect(without.leftovers).toEqual([{ ref: refOf(eve), cloud: CLOUD, access: ["eve"] }]);
    reader.close();
  });

  test("with one right less, just what that is for cannot be seen", async () => {
    const pulled = agent.pulled(limiting({ configmaps: "7" }, eve));
    const seen = withOneRightLess(readRules(pulled)).map(async ({ lacking, roles, refusal }, index) => {
      const reader = await asHolderOf(api, `less-${index}`, roles);
      const status = await inspectCluster(reader, pulled, { stateDir: "/nowhere", now: new Date() });
      reader.close();
      const failures = [
        ...[status, status.shared, ...status.clouds].flatMap((each) => each.failures),
        ...(status.requests.kind === "unreadable" ? [status.requests.failure] : []),
        ...(status.agent?.failure === undefined ? [] : [status.agent.failure]),
      ];
      return { lacking, refusal, failures };
    });
    for (const { lacking, refusal, failures } of await Promise.all(seen)) {
      expect(failures, lacking).not.toEqual([]);
      for (const failure of failures) {
        expect(failure, lacking).toEqual({ code: "FORBIDDEN", message: expect.stringMatching(refusal) });
      }
    }
  });

  test("while the agent delivers, nothing is delivered directly", async () => {
    const refused = await applyCluster(api, limiting({ pods: "1" }), guarded);
    expect(failuresOf(refused)).toMatchObject([
      { code: "STILL_PULLED", message: expect.stringContaining("release: true") },
    ]);
    await agent.deliver(agent.pulled(limiting({ configmaps: "7" }, eve), { release: true }));
    const released = await applyCluster(api, limiting({ pods: "1" }), guarded);
    expect(failuresOf(released)).toMatchObject([{ code: "STILL_PULLED", message: expect.stringContaining("delete") }]);
    commands = /kubectl .*/.exec(failuresOf(released)[0]?.message ?? "")?.[0] ?? "";
    expect(await hardNow()).toEqual({ hard: { configmaps: "7" } });
  });

  test("once its units are deleted all is still there, and is delivered directly", async () => {
    expect(commands.split(" && ")).toHaveLength(2);
    for (const command of commands.split(" && ")) await kubectl(lab, kind, ...command.split(" ").slice(1));
    expect(await api.list(unitKindOf(kind))).toEqual([]);
    expect(await uidsNow()).toEqual(uids);
    expect(await api.get(refOf(eve))).toBeDefined();
    const direct = limiting({ pods: "5", configmaps: "7" });
    const lists = [...kindsToSearch(direct.units.flatMap(({ manifests }) => manifests)), unitKindOf(kind)];
    const listing = clusterRole(
      "list-all",
      lists.map((each) => ({ ...resourceOf(each), verbs: ["list"] })),
    );
    const hand = await asHolderOf(api, "taker", [...deliverRules(direct), listing]);
    expect(failuresOf(await applyCluster(hand, direct, guarded))).toEqual([]);
    hand.close();
    expect(await uidsNow()).toEqual(uids);
    expect(await api.get(refOf(eve)), formatRef(refOf(eve))).toBeUndefined();
    expect(await hardNow()).toEqual({ hard: { pods: "5", configmaps: "7" } });
    expect(await managersNow()).toEqual(new Set([FIELD_MANAGER]));
  });

  test("from then on what dist/ drops goes", async () => {
    expect(failuresOf(await applyCluster(api, limiting({ pods: "5" }), guarded))).toEqual([]);
    expect(await hardNow()).toEqual({ hard: { pods: "5" } });
    expect(await uidsNow()).toEqual(uids);
  });
});
