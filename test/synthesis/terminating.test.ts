import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ApiObject } from "cdk8s";
import { expect, test } from "vitest";
import { type ClusterProps, type FleetApp, LogicalCloud, type LogicalCloudProps } from "../../src/index.ts";
import { TERMINATING_ANNOTATION } from "../../src/model/labels.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { readDist } from "../../src/rendered/read-dist.ts";
import { formatTermination, type Termination, terminatingFolder } from "../../src/rendered/termination.ts";
import { enroll, faultsOf, newApp, readFiles, readManifests } from "./fleets.ts";

const repository = "https://git.example.com/fleet";
const tokens = { kubernetes: "1.33", identity: "service-account" } as const satisfies ClusterProps;
const clusters = {
  direct: { kubernetes: "1.33", identity: "x509" },
  flux: { ...tokens, delivery: { git: { repository, engine: "flux" } } },
  argo: { ...tokens, delivery: { git: { repository, engine: "argocd" } } },
} as const satisfies Record<string, ClusterProps>;

const NAMES = Object.keys(clusters);

const props: LogicalCloudProps = {
  namespaces: ["shop", "shop-batch"],
  permissions: {
    look: { clusterRole: "view" },
    run: { rules: [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["get"] }] },
  },
  users: { ana: ["look", "run"] },
  groups: { auditors: ["look"] },
  serviceAccounts: { robot: ["run"] },
  quota: { pods: 5 },
};

const everywhere = Object.fromEntries(NAMES.map((name) => [name, ["shop", "shop-batch"]]));

/** Write down that a cloud is led out, as `lcloud terminate` does. */
function lead(
  identities: string,
  step: Termination["step"],
  namespaces: Termination["namespaces"] = everywhere,
): string {
  const path = join(terminatingFolder(identities), "shop.json");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, formatTermination({ version: 1, cloud: "shop", step, namespaces }));
  return path;
}

function synthesize(step: Termination["step"] | undefined, make: (app: FleetApp) => void) {
  const { app, outdir, identities } = newApp(clusters);
  if (step === undefined) enroll(identities, "shop", "ana");
  else lead(identities, step);
  make(app);
  app.synth();
  return { app, outdir, files: readFiles(outdir) };
}

const makeShop = (app: FleetApp): LogicalCloud => new LogicalCloud(app, "shop", props);

const ownBinding = (namespace: string) => ({
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "RoleBinding",
  metadata: { name: "own", namespace },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
  subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "auditors" }],
});

const objectsOn = (outdir: string, cluster: string): readonly Manifest[] =>
  readManifests(join(outdir, cluster, "clouds/shop/cloud.k8s.yaml"));

const kindsOf = (manifests: readonly Manifest[]): readonly string[] => [...new Set(manifests.map(({ kind }) => kind))];

test("a leaving cloud gives nobody access, and keeps what limits its namespaces", async () => {
  const { outdir, files } = synthesize("leaving", makeShop);
  for (const name of NAMES) {
    const objects = objectsOn(outdir, name);
    expect(kindsOf(objects)).toEqual(["Namespace", "NetworkPolicy", "ResourceQuota", "ServiceAccount"]);
    const accounts = objects.filter(({ kind }) => kind === "ServiceAccount");
    expect(accounts.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)).toEqual(["shop/robot"]);
  }
  expect(Object.keys(files).filter((path) => /\/(?:grants|requests)\//.test(path))).toEqual([]);
  await readDist(outdir);
});

test("agents may let the namespaces of a leaving cloud go, and of no other", () => {
  const { outdir } = synthesize("leaving", (app) => {
    makeShop(app);
    new LogicalCloud(app, "bank");
  });
  const annotationsOn = (cluster: string, cloud: string) =>
    readManifests(join(outdir, cluster, "clouds", cloud, "cloud.k8s.yaml"))
      .filter(({ kind }) => kind === "Namespace")
      .map(({ metadata }) => metadata.annotations);
  const [terminating, prune] = [{ [TERMINATING_ANNOTATION]: "true" }, "kustomize.toolkit.fluxcd.io/prune"];
  expect(annotationsOn("direct", "shop")).toEqual([terminating, terminating]);
  expect(annotationsOn("argo", "shop")).toEqual([terminating, terminating]);
  const enabled = { ...terminating, [prune]: "enabled" };
  expect(annotationsOn("flux", "shop")).toEqual([enabled, enabled]);
  expect(annotationsOn("flux", "bank")).toEqual([{ [prune]: "disabled" }]);
  expect(annotationsOn("argo", "bank")[0]).toHaveProperty("argocd.argoproj.io/sync-options");
});

test("what users have patched and added is patched and there, but for bindings", () => {
  const { outdir } = synthesize("leaving", (app) => {
    const chart = makeShop(app).on("flux");
    ApiObject.of(chart.node.findChild("namespace")).metadata.addAnnotation("example.com/cost", "42");
    ApiObject.of(chart.node.findChild("role-binding:look")).metadata.addLabel("example.com/a", "b");
    const metadata = { name: "motd", namespace: "shop" };
    new ApiObject(chart, "motd", { apiVersion: "v1", kind: "ConfigMap", metadata });
    new ApiObject(chart, "own", ownBinding("shop"));
  });
  const objects = objectsOn(outdir, "flux");
  expect(kindsOf(objects)).toContain("ConfigMap");
  expect(kindsOf(objects)).not.toContain("RoleBinding");
  expect(objects.find(({ kind }) => kind === "Namespace")?.metadata.annotations).toMatchObject({
    "example.com/cost": "42",
    [TERMINATING_ANNOTATION]: "true",
  });
});

test("nobody is asked for the key of somebody who leaves", () => {
  const { app } = newApp(clusters);
  makeShop(app);
  expect(faultsOf(() => app.synth())).toEqual([expect.objectContaining({ path: expect.stringContaining("ana") })]);
  synthesize("leaving", makeShop);
});

test("a cloud that is gone renders nothing, made or not, and its clusters know of it", async () => {
  const made = synthesize("gone", makeShop);
  const unmade = synthesize("gone", () => {});
  expect(made.files).toEqual(unmade.files);
  const texts = Object.entries(made.files).filter(([path, text]) => /shop/.test(path + text));
  expect(texts.map(([path]) => path)).toEqual(NAMES.map((name) => `${name}/cluster.json`).sort());
  const read = await readDist(made.outdir);
  expect(read.map(({ file }) => file.terminated)).toEqual(NAMES.map(() => ["shop"]));
  expect(made.app.warnings).toEqual([
    {
      path: expect.stringMatching(/terminating\/shop\.json$/),
      message: expect.stringContaining("take it out of clouds/"),
    },
  ]);
  expect(unmade.app.warnings).toEqual([]);
});

test("only the clusters that had the cloud know that it is gone, and none while it leaves", async () => {
  const { app, outdir, identities } = newApp(clusters);
  lead(identities, "gone", { flux: ["shop"], elsewhere: ["shop"] });
  app.synth();
  const read = await readDist(outdir);
  expect(read.flatMap(({ file }) => (file.terminated === undefined ? [] : [file.name]))).toEqual(["flux"]);
  const leaving = await readDist(synthesize("leaving", makeShop).outdir);
  expect(leaving.map(({ file }) => file.terminated)).toEqual(NAMES.map(() => undefined));
});

test("a cloud of access alone may be gone as soon as it leaves", async () => {
  const { outdir } = synthesize("leaving", (app) => {
    const shop = new LogicalCloud(app, "shop", { admin: true, namespaces: ["team"], privileged: true });
    for (const chart of shop.charts.values()) new ApiObject(chart, "own", ownBinding("team"));
  });
  for (const { file, units } of await readDist(outdir)) {
    expect(file.terminated).toEqual(["shop"]);
    expect(units.map(({ name }) => name)).toEqual(["lc-cluster"]);
  }
});

test("a file of a cloud that nothing makes is a fault while it leaves", () => {
  const { app, identities } = newApp(clusters);
  const path = lead(identities, "leaving");
  expect(faultsOf(() => app.synth())).toEqual([{ path, message: expect.stringContaining("put it back") }]);
});

test("no other cloud gets a namespace that is being deleted, where it is", () => {
  const { app, identities } = newApp(clusters);
  lead(identities, "gone", { flux: ["shop"] });
  new LogicalCloud(app, "store", { namespaces: ["shop"] });
  expect(faultsOf(() => app.synth())).toEqual([
    { path: "store/flux/namespace", message: expect.stringContaining("first finish lcloud terminate shop") },
  ]);
});

test("the annotation of leaving clouds is nobody else's to set", () => {
  const { app } = newApp({ one: tokens });
  new LogicalCloud(app, "shop", { namespaces: [{ name: "shop", annotations: { [TERMINATING_ANNOTATION]: "true" } }] });
  expect(faultsOf(() => app.synth())).toEqual([
    { path: "shop/one/namespace", message: expect.stringContaining("is ours; leave it out") },
  ]);
});
