import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { waitFor } from "../lab/wait.ts";
import { PLACES, reviewAccess } from "./access-matrix.ts";
import { cpuOf, failuresOf, podsAs } from "./ask-fleet.ts";
import { CLUSTERS, type ClusterName } from "./example-fleet.ts";
import { type FluxFleet, startFluxFleet, unitRef } from "./flux-fleet.ts";
import { outputOf } from "./run.ts";

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

let fleet: FluxFleet;

beforeAll(async () => {
  fleet = await startFluxFleet();
  outputOf(await fleet.lcloud("up"));
});

afterAll(async () => fleet?.[Symbol.asyncDispose]());

afterEach(({ task }) => {
  if (task.result?.state !== "fail") return;
  for (const cluster of CLUSTERS) process.stderr.write(`${cluster}: ${fleet.dns.servers[cluster].logTail()}\n`);
});

test.each(PLACES)(
  "$user of $cloud may do on $cluster what the permission set allows, and nothing else",
  async (place) => {
    const { found, wanted } = await reviewAccess(fleet, place);
    expect(found).toEqual(wanted);
  },
);

test("no request for a certificate is in what an agent reads, nor was one written by it", async () => {
  const files = Object.entries(await fleet.repository.files());
  const requests = files.filter(([, text]) => text.includes("CertificateSigningRequest")).map(([path]) => path);
  expect(requests).not.toEqual([]);
  for (const cluster of CLUSTERS) {
    const api = await fleet.admin(cluster);
    const units = await api.list(unitRef(""), { namespace: "flux-system" });
    const folders = units.map((unit) => (unit["spec"] as { readonly path: string }).path.replace("./", ""));
    expect(folders).toContain(`clusters/${cluster}/clouds/storefront`);
    expect(requests.filter((path) => folders.some((folder) => path.startsWith(`${folder}/`)))).toEqual([]);
    const events = await fleet.lab.clusters[cluster].auditEvents();
    const written = events.filter(({ verb }) => !["get", "list", "watch"].includes(verb));
    const byAgent = written.filter(({ userAgent }) => userAgent?.startsWith("kustomize-controller/"));
    expect(byAgent.map(({ objectRef }) => objectRef.resource)).toContain("rolebindings");
    expect(byAgent.filter(({ objectRef }) => objectRef.resource === "certificatesigningrequests")).toEqual([]);
    api.close();
  }
});

test("a second up makes no commit and writes to no cluster", async () => {
  const written = async (): Promise<readonly string[]> => {
    const events = await Promise.all(CLUSTERS.map((cluster) => fleet.lab.clusters[cluster].auditEvents()));
    return events
      .flat()
      .filter(({ userAgent, verb }) => userAgent === "logical-clouds" && !["get", "list", "watch"].includes(verb))
      .filter(({ objectRef }) => !objectRef.resource.startsWith("selfsubject"))
      .map(({ verb, requestURI }) => `${verb} ${requestURI}`);
  };
  const before = await written();
  expect(before).not.toEqual([]);
  const commits = await fleet.repository.log();
  outputOf(await fleet.lcloud("up"));
  expect(await fleet.repository.log()).toEqual(commits);
  expect((await written()).slice(before.length)).toEqual([]);
});

test("a changed quota arrives in every cluster", async () => {
  await setCpu(11);
  outputOf(await fleet.lcloud("up"));
  for (const cluster of CLUSTERS) expect(await cpuOf(fleet, cluster, "storefront-web")).toBe("11");
});

test("who changes or deletes what a cloud has, is undone by the agent", async () => {
  const cluster = "k3s-dev-office";
  const binding = "rolebinding.rbac.authorization.k8s.io";
  const kubectl = `kubectl --context ${cluster} --namespace storefront-web`;
  const before = outputOf(await fleet.shell(`${kubectl} get ${binding} -o name`))
    .trim()
    .split("\n");
  const [first = "", second = ""] = before;
  const mallory = JSON.stringify({
    subjects: [{ kind: "User", name: "mallory", apiGroup: "rbac.authorization.k8s.io" }],
  });
  outputOf(
    await fleet.shell(`${kubectl} patch ${first} --type merge --patch '${mallory}'; ${kubectl} delete ${second}`),
  );
  expect(await mayListPods(cluster, "mallory")).toBe(true);
  await fleet.reconcile(cluster, "lc-cloud-storefront");
  expect(await mayListPods(cluster, "mallory")).toBe(false);
  expect(
    outputOf(await fleet.shell(`${kubectl} get ${binding} -o name`))
      .trim()
      .split("\n"),
  ).toEqual(before);
});

test("while a unit rests, a user who was removed keeps access, and that is told; then it ends at once", async () => {
  const cluster = "gke-staging-eu";
  const [resting, working] = [await podsAs(fleet, "ben", cluster), await podsAs(fleet, "ben", "k3s-dev-office")];
  await suspend(cluster, "lc-cloud-storefront", true);
  await fleet.edit("storefront.ts", 'ben: ["edit"],', "");
  const up = await fleet.lcloud("up", "-o", "json");
  expect(up.code).toBe(3);
  expect(failuresOf(up)).toEqual({
    [cluster]: [
      [
        "UNIT_FAILED",
        expect.stringMatching(
          /^lc-cloud-storefront .*suspended.*not yet withdrawn: RoleBinding\/storefront-api\/lc:storefront:edit:edit \(lc:k:[0-9a-f]{32} formerly of storefront\/ben\)/,
        ),
      ],
    ],
  });
  expect([await resting(), await working()]).toEqual(["listed", "FORBIDDEN"]);
  await suspend(cluster, "lc-cloud-storefront", false);
  outputOf(await fleet.lcloud("post-sync", "--wait"));
  expect(await resting()).toBe("FORBIDDEN");
});

test("what the API server refuses stops its own cloud there alone, and is told in the agent's words", async () => {
  const cluster = "gke-staging-eu";
  const [kept, withdrawn] = [await podsAs(fleet, "eli", cluster), await podsAs(fleet, "eli", "k3s-dev-office")];
  await fleet.edit("main.ts", "payments(app);", BROKEN);
  await fleet.edit("payments.ts", 'eli: ["edit"],', "");
  await fleet.edit("payments.ts", '"dev-lead": ["admin"]', '"dev-lead": ["admin", "edit"]');
  await setCpu(10);
  const up = await fleet.lcloud("up", "-o", "json");
  expect(up.code).toBe(3);
  expect(failuresOf(up)).toEqual({
    [cluster]: [
      ["UNIT_FAILED", expect.stringMatching(/^lc-cloud-payments .*Service\/payments-core\/broken.*not yet withdrawn/s)],
    ],
  });
  for (const each of CLUSTERS) expect(await cpuOf(fleet, each, "storefront-web")).toBe("10");
  expect([await kept(), await withdrawn()]).toEqual(["listed", "FORBIDDEN"]);
  await fleet.edit("main.ts", "Sometimes", "None");
  outputOf(await fleet.lcloud("up"));
  expect(await kept()).toBe("FORBIDDEN");
});

test("a cluster that is down is delivered to and not seen; it catches up by itself", async () => {
  const cluster = "k3s-dev-office";
  await fleet.lab.clusters[cluster].kill();
  await setCpu(9);
  const up = await fleet.lcloud("up");
  expect(up).toMatchObject({ code: 0, stderr: expect.stringMatching(/k3s-dev-office.*delivered, not seen/) });
  expect(await cpuOf(fleet, "eks-prod-eu", "storefront-web")).toBe("9");
  await fleet.lab.clusters[cluster].restart();
  outputOf(await fleet.lcloud("post-sync", "--wait"));
  expect(await cpuOf(fleet, cluster, "storefront-web")).toBe("9");
});

test("while an agent cannot read the repository, that is told", async () => {
  const cluster = "gke-staging-eu";
  const pullFrom = async (url: string): Promise<string> => {
    const patch = JSON.stringify({ spec: { url } });
    const kubectl = `kubectl --context ${cluster} --namespace flux-system`;
    return outputOf(await fleet.shell(`${kubectl} patch gitrepository logical-clouds --type merge --patch '${patch}'`));
  };
  await pullFrom(`${fleet.repository.url}-moved`);
  await setCpu(8);
  const up = await fleet.lcloud("up", "--wait", "20s", "-o", "json");
  expect(up.code).toBe(3);
  expect(failuresOf(up)[cluster]).toEqual([
    ["UNIT_PENDING", expect.stringMatching(/^GitRepository\/flux-system\/logical-clouds: .*not found/s)],
    ["UNIT_PENDING", expect.stringMatching(/^lc-cloud-storefront is not applied after 20 s/)],
  ]);
  await pullFrom(fleet.repository.url);
  outputOf(await fleet.lcloud("post-sync", "--wait"));
  expect(await cpuOf(fleet, cluster, "storefront-web")).toBe("8");
});

test("a cloud that is taken out of clouds/ is not taken out of the repository", async () => {
  const commits = await fleet.repository.log();
  await fleet.edit("main.ts", "dataMl(app);", "");
  const sync = await fleet.shell("lcloud synth && lcloud sync -o json");
  expect(sync.code).toBe(3);
  expect(sync.stdout).toContain("CLOUD_VANISHED");
  expect(await fleet.repository.log()).toEqual(commits);
  await fleet.edit("main.ts", "contractorAcme(app);", "dataMl(app);\ncontractorAcme(app);");
  outputOf(await fleet.lcloud("up"));
  expect(await fleet.repository.log()).toEqual(commits);
});

test("a cloud under another name takes its namespaces along, once the old name may go", async () => {
  const cluster = "k3s-dev-office";
  const namespace = { apiVersion: "v1", kind: "Namespace", name: "platform-ci-runners" };
  const before = await fleet.read(cluster, namespace);
  const old = await podsAs(fleet, "ci-bot", cluster, "platform-ci");
  await fleet.edit("platform-ci.ts", '"platform-ci"', '"builds"');
  outputOf(await fleet.lcloud("enroll"));
  const refused = await fleet.lcloud("up", "-o", "json");
  expect(refused.stdout).toContain("CLOUD_VANISHED");
  outputOf(await fleet.lcloud("up", "--remove", "platform-ci"));
  expect((await fleet.read(cluster, namespace))?.metadata).toMatchObject({
    uid: before?.metadata.uid,
    labels: { "logical-clouds.io/cloud": "builds" },
  });
  expect(await cpuOf(fleet, cluster, "platform-ci-runners")).toBe("8");
  const renamed = await podsAs(fleet, "ci-bot", cluster, "builds");
  expect([await renamed(), await old()]).toEqual(["listed", "FORBIDDEN"]);
  expect(await fleet.read(cluster, unitRef("lc-cloud-platform-ci"))).toBeUndefined();
});

test("a cloud is led out in two deliveries: first its users, then all that it has, and its namespaces", async () => {
  const places = ["eks-prod-eu", "k3s-dev-office"] as const;
  const asFay = await Promise.all(places.map((cluster) => podsAs(fleet, "fay", cluster)));
  const namespaces = async (): Promise<string> => {
    const found = places.map((cluster) => fleet.shell(`kubectl --context ${cluster} get namespaces ${DATA_ML}`));
    return (await Promise.all(found)).map(outputOf).join("");
  };
  outputOf(await fleet.shell("kubectl --context eks-prod-eu -n data-ml-etl create configmap of-somebody"));
  outputOf(await fleet.lcloud("terminate", "data-ml"));
  outputOf(await fleet.lcloud("up"));
  expect(await Promise.all(asFay.map((list) => list()))).toEqual(["FORBIDDEN", "FORBIDDEN"]);
  expect((await namespaces()).trim().split("\n")).toHaveLength(6);

  const occupied = await fleet.lcloud("terminate", "data-ml", "-o", "json");
  expect(occupied.code).toBe(1);
  expect(JSON.parse(occupied.stdout)).toMatchObject({ state: "occupied" });
  outputOf(await fleet.lcloud("terminate", "data-ml", "--delete-namespace", "data-ml-etl"));
  outputOf(await fleet.lcloud("up"));
  await waitFor("namespaces are gone", async () => (await namespaces()) === "" || undefined, 300_000);

  await fleet.edit("main.ts", "dataMl(app);", "");
  outputOf(await fleet.lcloud("terminate", "data-ml"));
  const files = Object.keys(await fleet.repository.files());
  expect(files.filter((path) => path.includes("data-ml"))).toEqual([]);
  outputOf(await fleet.lcloud("up"));
});

const DATA_ML = "--ignore-not-found --output name data-ml-etl data-ml-serve data-ml-train";

/** `payments(app)`, with an object that is valid in no cluster and rendered for one. */
const BROKEN = `
import { ApiObject } from "cdk8s";
new ApiObject(payments(app).on("gke-staging-eu"), "broken", {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "broken", namespace: "payments-core" },
  spec: { ports: [{ port: 80 }], sessionAffinity: "Sometimes" },
});`;

/** Of the storefront. */
const setCpu = (cpu: number): Promise<void> =>
  fleet.edit("storefront.ts", /"requests\.cpu": \d+/, `"requests.cpu": ${cpu}`);

async function mayListPods(cluster: ClusterName, user: string): Promise<boolean> {
  const kubectl = `kubectl --context ${cluster} --namespace storefront-web --as ${user}`;
  return (await fleet.shell(`${kubectl} get pods`)).code === 0;
}

/** As `flux suspend` does: what kubectl says under its own name, the agent undoes with the next commit. */
const suspend = async (cluster: ClusterName, unit: string, isSuspended: boolean): Promise<string> => {
  const patch = JSON.stringify({ spec: { suspend: isSuspended } });
  const kubectl = `kubectl --context ${cluster} --namespace flux-system`;
  return outputOf(
    await fleet.shell(`${kubectl} patch kustomization ${unit} --field-manager flux --type merge --patch '${patch}'`),
  );
};
