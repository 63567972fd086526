import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { applyCluster } from "../../src/delivery/apply/apply-cluster.ts";
import { releaseCluster } from "../../src/delivery/apply/release-cluster.ts";
import { deliverRules } from "../../src/delivery/apply/roles.ts";
import { customKey } from "../../src/dns/custom-config-map.ts";
import { fieldManagerOf } from "../../src/engine/owner-marks.ts";
import { inspectCluster } from "../../src/inspect/inspect-cluster.ts";
import { readRules } from "../../src/inspect/roles.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import { DNS_FIELD_MANAGER, FIELD_MANAGER } from "../../src/model/labels.ts";
import { alignDns } from "../../src/post-sync/dns/align-dns.ts";
import type { RenderedCluster } from "../../src/rendered/rendered-cluster.ts";
import { asHolderOf } from "../lab/accounts.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { type GitServer, startGitServer } from "../lab/git-server.ts";
import { hasRedis } from "../lab/redis.ts";
import { LabAgent } from "./agent-lab.ts";
import { codesOf, failuresOf, guarded } from "./delivered.ts";
import { connectTo, kubectl } from "./lab-cluster.ts";
import { blockOf, SHARED, sharedDns, withoutZones, withZones, zoneOf } from "./shared-dns.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 600_000 });

/** What .ci/run installs; without it the rest is tested. */
const withArgoCd = await hasRedis();

let lab: Lab<"direct" | "flux" | "argocd">;
let server: GitServer;
let folder: string;
beforeAll(async () => {
  lab = await startLab([{ name: "direct" }, { name: "flux" }, { name: "argocd" }]);
  server = await startGitServer();
  folder = await mkdtemp(join(tmpdir(), "shared-"));
});
afterAll(async () => {
  await server?.stop();
  await lab?.stop();
  await rm(folder, { recursive: true, force: true });
});

const block = (name: string) => `${name}.example:53 {\n    errors\n}\n`;

/** As they come to be there: by each way in which somebody may have written it. */
const THEIRS = {
  "applied.server": block("applied"),
  "created.server": block("created"),
  "patched.server": block("patched"),
  "server-side.server": block("server-side"),
};
const OF_POST_SYNC = { [customKey("lab")]: block("lab") };

const manifestOf = (data: object) => ({ ...sharedDns([]), data });

/** A platform that reads it, and people who have each a way of their own. */
async function addTheirs(name: "direct" | "flux" | "argocd", api: KubeApi): Promise<void> {
  await kubectl(lab, name, "delete", "configmap", SHARED.name, "--namespace", "kube-system", "--ignore-not-found");
  await api.create(manifestOf({ "created.server": THEIRS["created.server"] }), { manager: "kubectl-create" });
  await kubectlApply(name, { "applied.server": THEIRS["applied.server"] });
  const patch = JSON.stringify({ data: { "patched.server": THEIRS["patched.server"] } });
  await kubectl(lab, name, "patch", "configmap", SHARED.name, "--namespace", "kube-system", "--patch", patch);
  await api.apply(manifestOf({ "server-side.server": THEIRS["server-side.server"] }), { manager: "terraform" });
  await api.apply(manifestOf(OF_POST_SYNC), { manager: DNS_FIELD_MANAGER });
}

/** With the annotation by which kubectl knows what it has applied before. */
const kubectlApply = (name: string, data: object): Promise<void> =>
  applyBy(name, ["apply", "--filename=-"], manifestOf(data));

async function applyBy(name: string, args: readonly string[], manifest: object): Promise<void> {
  const command = promisify(execFile)(lab.kubectl, ["--kubeconfig", lab.kubeconfig, "--context", name, ...args]);
  command.child.stdin?.end(JSON.stringify(manifest));
  await command;
}

const dataOf = async (api: KubeApi) => (await api.get(SHARED))?.["data"] ?? {};

const withOurs = (...zones: readonly string[]) => ({
  ...THEIRS,
  ...OF_POST_SYNC,
  ...Object.fromEntries(zones.map((zone) => [customKey(zone), blockOf(zone)])),
});

const statusOf = async (api: KubeApi, dist: RenderedCluster) =>
  (await inspectCluster(api, dist, { stateDir: "/nowhere", now: new Date() })).shared;

const FINE = { state: "delivered", missing: [], drifted: [], foreign: [], failures: [] };

describe("direct delivery", () => {
  let api: KubeApi;
  beforeAll(async () => {
    api = await connectTo(lab, "direct");
  });
  beforeEach(() => addTheirs("direct", api));
  afterAll(() => api?.close());

  const dist = (...zones: readonly string[]) => withZones(zones, { name: "direct" });

  test("writes our keys beside those of everybody else, and takes back what is dropped", async () => {
    expect(codesOf(await applyCluster(api, dist("shop", "bank"), guarded))).toEqual([]);
    expect(await dataOf(api)).toEqual(withOurs("shop", "bank"));
    expect(await statusOf(api, dist("shop", "bank"))).toEqual(FINE);
    const { resourceVersion } = (await api.get(SHARED))?.metadata ?? {};
    expect(codesOf(await applyCluster(api, dist("shop", "bank"), guarded))).toEqual([]);
    expect((await api.get(SHARED))?.metadata.resourceVersion).toBe(resourceVersion);
    await kubectlApply("direct", { "applied.server": THEIRS["applied.server"] });
    expect(await dataOf(api)).toEqual(withOurs("shop", "bank"));
    expect(codesOf(await applyCluster(api, dist("bank"), guarded))).toEqual([]);
    expect(await dataOf(api)).toEqual(withOurs("bank"));
    expect(codesOf(await applyCluster(api, dist(), guarded))).toEqual([]);
    expect(await dataOf(api)).toEqual(withOurs());
    expect(await statusOf(api, dist())).toEqual(FINE);
    expect(codesOf(await applyCluster(api, withoutZones("direct"), guarded))).toEqual([]);
    expect(await dataOf(api)).toEqual(withOurs());
    expect((await api.get(SHARED))?.metadata.managedFields?.map(({ manager }) => manager)).not.toContain(FIELD_MANAGER);
  });

  test.each([
    [
      "kubectl apply",
      () => kubectlApply("direct", { ...THEIRS, [customKey("shop")]: block("shop") }),
      "kubectl-client",
    ],
    ["an edit", () => editKey(customKey("shop")), "kubectl-patch"],
  ])("takes no key of ours that somebody holds by %s", async (_, hold, holder) => {
    await hold();
    const changes = await applyCluster(api, dist("shop", "bank"), guarded);
    expect(failuresOf(changes)).toMatchObject([
      { code: "CONFLICT", message: expect.stringMatching(new RegExp(`lc-shop.server.*${holder}`)) },
    ]);
    expect(await dataOf(api)).toEqual({ ...withOurs(), [customKey("shop")]: block("shop") });
  });

  const editKey = (key: string) =>
    kubectl(
      ...([lab, "direct", "patch", "configmap", SHARED.name, "--namespace", "kube-system"] as const),
      ...["--patch", JSON.stringify({ data: { [key]: block("shop") } })],
    );

  test("takes over post-sync's key of a zone that it renders now", async () => {
    expect(codesOf(await applyCluster(api, dist("lab"), guarded))).toEqual([]);
    expect(await dataOf(api)).toEqual(withOurs("lab"));
    expect(codesOf(await applyCluster(api, dist(), guarded))).toEqual([]);
    expect(await dataOf(api)).toEqual(THEIRS);
  });

  test("needs no right but to that one name, to make it too", async () => {
    for (const [index, start] of ["there", "missing"].entries()) {
      const args = ["configmap", SHARED.name, "--namespace", "kube-system", "--ignore-not-found"];
      if (start === "missing") await kubectl(lab, "direct", "delete", ...args);
      const hand = await asHolderOf(api, `hand-${index}`, deliverRules(dist("shop")));
      expect(failuresOf(await applyCluster(hand, dist("shop"), guarded))).toEqual([]);
      expect(await dataOf(api)).toHaveProperty([customKey("shop")]);
      expect(failuresOf(await applyCluster(hand, withoutZones("direct"), guarded))).toEqual([]);
      expect(await dataOf(api)).not.toHaveProperty([customKey("shop")]);
      await expect(hand.delete(SHARED, { uid: (await api.get(SHARED))?.metadata.uid ?? "" })).rejects.toMatchObject({
        code: "FORBIDDEN",
      });
      hand.close();
    }
    const reader = await asHolderOf(api, "look", readRules(dist("shop")));
    expect(await statusOf(reader, dist("shop"))).toMatchObject({ failures: [], foreign: [], missing: [] });
    reader.close();
  });
});

describe("with Flux", () => {
  const kind = "flux";
  let api: KubeApi;
  let agent: LabAgent;
  beforeAll(async () => {
    api = await connectTo(lab, kind);
    agent = await LabAgent.start(kind, lab.clusters[kind], api, await server.createRepository(`shared-${kind}`));
    await addTheirs(kind, api);
    const first = pulled("shop");
    for (const manifest of agent.bootstrap(first)) await api.apply(manifest);
  });
  afterAll(async () => {
    await agent?.[Symbol.asyncDispose]();
    api?.close();
  });

  const pulled = (...zones: readonly string[]) => agent.pulled(withZones(zones, { name: kind, writer: kind }));
  const direct = (...zones: readonly string[]) => withZones(zones, { name: kind });
  const managersNow = async () => (await api.get(SHARED))?.metadata.managedFields?.map(({ manager }) => manager) ?? [];

  test("what was delivered directly goes over, with what was dropped meanwhile", async () => {
    expect(codesOf(await applyCluster(api, direct("shop", "old"), guarded))).toEqual([]);
    await agent.deliver(pulled("shop"));
    expect(await dataOf(api)).toEqual(withOurs("shop", "old"));
    const released = await releaseCluster(
      ...([api, pulled("shop"), agent.delivery.engine, new Set(["lc-cluster", "lc-cloud-shop"])] as const),
    );
    expect(released && failuresOf(released)).toEqual([]);
    expect(await dataOf(api)).toEqual(withOurs("shop"));
    expect(await managersNow()).not.toContain(FIELD_MANAGER);
  });

  test("the agent adds and drops exactly our keys, whoever else has some, by whatever means", async () => {
    await agent.deliver(pulled("shop", "bank"));
    expect(await dataOf(api)).toEqual(withOurs("shop", "bank"));
    expect(await statusOf(api, pulled("shop", "bank"))).toEqual(FINE);
    await kubectlApply(kind, { "applied.server": THEIRS["applied.server"] });
    expect(await dataOf(api)).toEqual(withOurs("shop", "bank"));
    await agent.deliver(pulled("bank"));
    expect(await dataOf(api)).toEqual(withOurs("bank"));
    await agent.deliver(pulled());
    expect(await dataOf(api)).toEqual(withOurs());
    expect(await statusOf(api, pulled())).toEqual(FINE);
  });

  test("it deletes nothing where git has it no longer", async () => {
    await agent.deliver(pulled("bank"));
    await agent.deliver(agent.pulled(withoutZones(kind)));
    expect(await dataOf(api)).toEqual(withOurs("bank"));
    await agent.deliver(pulled());
    expect(await dataOf(api)).toEqual(withOurs());
  });

  test("what it has released is taken over, and nothing else", async () => {
    await agent.deliver(agent.pulled(withZones(["shop", "bank"], { name: kind, writer: kind }), { release: true }));
    const refused = await applyCluster(api, direct("shop"), guarded);
    const [, commands = ""] = /(kubectl .*)/.exec(failuresOf(refused)[0]?.message ?? "") ?? [];
    for (const command of commands.split(" && ")) await kubectl(lab, kind, ...command.split(" ").slice(1));
    expect(await dataOf(api)).toEqual(withOurs("shop", "bank"));
    expect(failuresOf(await applyCluster(api, direct("shop"), guarded))).toEqual([]);
    expect(await dataOf(api)).toEqual(withOurs("shop"));
    expect(await managersNow()).not.toContain(fieldManagerOf(kind));
    expect((await api.get(SHARED))?.metadata.labels).toBeUndefined();
  });
});

describe.runIf(withArgoCd)("with Argo CD", () => {
  let api: KubeApi;
  let agent: LabAgent;
  beforeAll(async () => {
    api = await connectTo(lab, "argocd");
    agent = await LabAgent.start("argocd", lab.clusters.argocd, api, await server.createRepository("shared-argocd"));
    await addTheirs("argocd", api);
    await api.apply({ ...manifestOf({ Corefile: COREFILE }), metadata: { name: "coredns", namespace: "kube-system" } });
    for (const manifest of agent.bootstrap(pulled("shop"))) await api.apply(manifest);
  });
  afterAll(async () => {
    await agent?.[Symbol.asyncDispose]();
    api?.close();
  });

  const UNITS = new Set(["lc-cluster", "lc-cloud-shop"]);

  /** Each zone is of a cloud of its own name. */
  const pulled = (...zones: readonly string[]): RenderedCluster => {
    const dist = agent.pulled(withZones(zones, { name: "argocd", writer: "argocd" }));
    return { ...dist, clouds: zones.map((zone) => ({ name: zone, requests: [], grants: [], zone: zoneOf(zone) })) };
  };
  const postSync = async (dist: RenderedCluster): Promise<void> => {
    const times = { loadMs: 1_000, conflictMs: 10_000, tell: () => {} };
    const report = await alignDns(api, dist, { ...times, goal: "zones", isDelivered: () => true });
    expect(report?.failures).toEqual([]);
  };

  test("kubectl's own way to server-side apply, which is Argo CD's, deletes what was applied by kubectl", async () => {
    const args = ["apply", "--server-side", "--field-manager=argocd-controller", "--filename=-"];
    await applyBy("argocd", args, sharedDns(["shop"]));
    expect(await dataOf(api)).not.toHaveProperty(["applied.server"]);
    await addTheirs("argocd", api);
  });

  test("post-sync has our keys, and it leaves all of them alone", async () => {
    expect(codesOf(await applyCluster(api, withZones(["shop", "old"], { name: "argocd" }), guarded))).toEqual([]);
    await agent.deliver(pulled("shop"));
    expect(await dataOf(api)).toEqual(withOurs("shop", "old"));
    const released = await releaseCluster(api, pulled("shop"), agent.delivery.engine, UNITS);
    expect(released && failuresOf(released)).toEqual([]);
    await postSync(pulled("shop", "lab"));
    expect(await dataOf(api)).toEqual(withOurs("shop", "lab"));
    await agent.deliver(pulled("lab"));
    await postSync(pulled("lab"));
    expect(await dataOf(api)).toEqual(withOurs("lab"));
    await postSync(pulled());
    expect(await dataOf(api)).toEqual(THEIRS);
  });

  test("what is delivered directly again takes over, and post-sync lets go", async () => {
    await postSync(pulled("shop"));
    await agent.deliver(agent.pulled(withZones(["shop"], { name: "argocd", writer: "argocd" }), { release: true }));
    const direct = withZones(["shop"], { name: "argocd" });
    const refused = await applyCluster(api, direct, guarded);
    const [, commands = ""] = /(kubectl .*)/.exec(failuresOf(refused)[0]?.message ?? "") ?? [];
    for (const command of commands.split(" && ")) await kubectl(lab, "argocd", ...command.split(" ").slice(1));
    expect(failuresOf(await applyCluster(api, direct, guarded))).toEqual([]);
    await postSync(direct);
    expect(await dataOf(api)).toEqual({ ...THEIRS, [customKey("shop")]: blockOf("shop") });
    const { managedFields = [] } = (await api.get(SHARED))?.metadata ?? {};
    expect(managedFields.map(({ manager }) => manager)).not.toContain(DNS_FIELD_MANAGER);
  });
});

const COREFILE = `.:53 {
    kubernetes cluster.local in-addr.arpa ip6.arpa
    import /etc/coredns/custom/*.override
}
import /etc/coredns/custom/*.server
`;
