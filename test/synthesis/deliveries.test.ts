import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { ApiObject, JsonPatch } from "cdk8s";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type ClusterProps, defineFleet, FleetApp, LogicalCloud } from "../../src/index.ts";
import { readDist } from "../../src/rendered/read-dist.ts";
import { asList, asRecord, asText } from "../../src/synthesis/fields.ts";
import { faultsOf, newApp, readFiles, readManifest, readManifests } from "./fleets.ts";
import { randomFleet, synthesize } from "./random-fleets.ts";

type Delivery = NonNullable<ClusterProps["delivery"]>;

const repository = "https://git.example.com/fleet";
const flux: Delivery = { git: { repository, engine: "flux" } };
const argocd: Delivery = { git: { repository, engine: "argocd" } };
const tokens = { kubernetes: "1.33", identity: "service-account" } as const;

const delivery: fc.Arbitrary<Delivery> = fc.oneof(
  fc.constant<Delivery>("direct"),
  fc
    .record({
      engine: fc.constantFrom("flux", "argocd"),
      unit: fc.constantFrom("cloud", "cluster"),
      path: fc.constantFrom(".", "clusters", "fleet/prod"),
      branch: fc.constantFrom("main", "prod"),
    })
    .map((git): Delivery => ({ git: { repository, ...git } })),
  fc
    .constantFrom<("cloud" | "cluster")[]>("cloud", "cluster")
    .map((unit): Delivery => ({ oci: { repository: "oci://registry.example.com/fleet", unit } })),
);

const deliveredFleet = fc
  .tuple(randomFleet, fc.array(delivery, { minLength: 4, maxLength: 4 }))
  .map(([{ clusters, clouds }, deliveries]) => ({
    clouds,
    clusters: Object.fromEntries(
      Object.entries(clusters).map(([name, props], index) => [
        name,
        { ...props, delivery: deliveries[index] ?? "direct" },
      ]),
    ),
  }));

/** The folder that a unit of an agent reads. */
function folderOf(text: string): string {
  const { spec } = readManifest(text);
  return asText(asRecord(spec)["path"] ?? asRecord(asRecord(spec)["source"])["path"]).replace(/^\.\//, "");
}

test("an agent is given each folder of its cluster exactly once, and nothing that is no unit", async () => {
  await fc.assert(
    fc.asyncProperty(deliveredFleet, async (fleet) => {
      const { files, outdir } = synthesize(fleet);
      for (const { file } of await readDist(outdir)) {
        const own = Object.keys(files).filter((path) => path.startsWith(`${file.name}/`));
        const engine = own.filter((path) => /^[^/]+\/(?:flux|argo)\//.test(path));
        if (file.delivery.kind === "direct") {
          expect(engine).toEqual([]);
          continue;
        }
        const root = file.delivery.kind === "oci" ? "" : `${file.delivery.path}/${file.name}/`.replace(/^\.\//, "");
        const units = engine.filter((path) => !path.endsWith("/project.yaml"));
        const folders = units.map((path) => folderOf(files[path] ?? ""));
        for (const folder of folders) expect(folder.startsWith(root)).toBe(true);
        const read = folders.map((folder) => folder.slice(root.length));
        const manifests = own.filter((path) => /^[^/]+\/(?:cluster|clouds\/.+)\/[^/]+\.k8s\.yaml$/.test(path));
        for (const path of manifests) {
          const inside = dirname(path.slice(file.name.length + 1));
          expect(read.filter((folder) => inside === folder || inside.startsWith(`${folder}/`))).toHaveLength(1);
        }
        for (const folder of read) expect(existsSync(join(outdir, file.name, folder))).toBe(true);
        const kinds = new Set(engine.map((path) => readManifest(files[path] ?? "").kind));
        const expected = file.delivery.engine.kind === "flux" ? ["Kustomization"] : ["AppProject", "Application"];
        expect([...kinds].sort()).toEqual(expected);
      }
    }),
    { numRuns: 12 },
  );
});

test("the same fleet gives the same bytes, however its clusters are delivered to", () => {
  fc.assert(
    fc.property(deliveredFleet, (fleet) => {
      expect(synthesize(fleet).files).toEqual(synthesize(fleet).files);
    }),
    { numRuns: 6 },
  );
});

test("what an agent no longer reads is gone from dist/ when the delivery changes", async () => {
  const { outdir, identities } = newApp();
  const synthAs = async (delivery: Delivery) => {
    const app = new FleetApp({
      fleet: defineFleet({ clusters: { one: { ...tokens, delivery } } }),
      outdir,
      identities,
    });
    new LogicalCloud(app, "shop");
    app.synth();
    await readDist(outdir);
    return Object.keys(readFiles(outdir)).filter((path) => /\/(?:flux|argo)\//.test(path));
  };
  expect(await synthAs(flux)).toEqual(["one/flux/lc-cloud-shop.yaml", "one/flux/lc-cluster.yaml"]);
  expect(await synthAs(argocd)).toEqual([
    "one/argo/lc-cloud-shop.yaml",
    "one/argo/lc-cluster.yaml",
    "one/argo/project.yaml",
  ]);
  expect(await synthAs({ git: { repository, engine: "argocd", unit: "cluster" } })).toEqual([
    "one/argo/lc-clouds.yaml",
    "one/argo/lc-cluster.yaml",
    "one/argo/project.yaml",
  ]);
  expect(await synthAs("direct")).toEqual([]);
  expect(existsSync(join(outdir, "one/argo"))).toBe(false);
});

test("an agent keeps the namespaces and the texts of objects, also of those that users made or changed", () => {
  const { app, outdir } = newApp({ f: { ...tokens, delivery: flux }, a: { ...tokens, delivery: argocd }, d: tokens });
  const shop = new LogicalCloud(app, "shop", { quota: { pods: 1 } });
  for (const chart of shop.charts.values()) {
    const metadata = { name: "own", namespace: "shop", annotations: { "example.com/a": "b" } };
    new ApiObject(chart, "own", { apiVersion: "v1", kind: "ConfigMap", metadata, data: { text: `\${HOME}` } });
    const patch = JsonPatch.add("/metadata/annotations", { "example.com/text": `\${HOME}` });
    ApiObject.of(chart.node.findChild("quota")).addJsonPatch(patch);
  }
  app.synth();
  const annotationsOn = (cluster: string) =>
    Object.fromEntries(
      readManifests(join(outdir, cluster, "clouds/shop/cloud.k8s.yaml"))
        .filter(({ metadata }) => metadata.annotations !== undefined)
        .map(({ kind, metadata }) => [kind, Object.keys(metadata.annotations ?? {})]),
    );
  const [prune, substitute] = ["kustomize.toolkit.fluxcd.io/prune", "kustomize.toolkit.fluxcd.io/substitute"];
  expect(annotationsOn("f")).toEqual({
    ConfigMap: ["example.com/a", substitute],
    Namespace: [prune],
    ResourceQuota: ["example.com/text", substitute],
  });
  const untouched = { ConfigMap: ["example.com/a"], ResourceQuota: ["example.com/text"] };
  const keep = ["argocd.argoproj.io/compare-options", "argocd.argoproj.io/sync-options"];
  expect(annotationsOn("a")).toEqual({ ...untouched, Namespace: keep });
  expect(annotationsOn("d")).toEqual(untouched);
});

test("a cloud whose name is too long for a label of Flux is refused there, and nowhere else", () => {
  const name = "a".repeat(55);
  const at = (delivery: Delivery, cloud: string) => {
    const { app } = newApp({ one: { ...tokens, delivery } });
    new LogicalCloud(app, cloud);
    return app;
  };
  expect(faultsOf(() => at(flux, name).synth())).toEqual([
    { path: `${name}/one`, message: expect.stringMatching(/too long for Flux.+; use at most 54 characters$/) },
  ]);
  at(flux, name.slice(1)).synth();
  at(argocd, name).synth();
  at({ git: { repository, engine: "flux", unit: "cluster" } }, name).synth();
});

test.each([
  ["Flux", { git: { repository, engine: "flux", flux: { namespace: "gitops" } } }],
  ["Argo CD", { git: { repository, engine: "argocd", argocd: { namespace: "gitops" } } }],
] as const)("a cloud cannot have the namespace of %s, wherever that is", (_, delivery) => {
  const { app } = newApp({ one: { ...tokens, delivery }, two: tokens });
  new LogicalCloud(app, "shop", { namespaces: ["shop", "gitops"] });
  expect(faultsOf(() => app.synth())).toEqual([
    { path: "shop/one/namespace@gitops", message: expect.stringMatching(/"gitops" is the agent's own.+; /) },
  ]);
});

/** What the project of a cluster lets a privileged cloud have, beside what every cloud may. */
function allowedClusterScoped(apiVersion: string, kind: string, name: string): unknown {
  const { app, outdir } = newApp({ one: { ...tokens, delivery: argocd } });
  const cloud = new LogicalCloud(app, "shop", { privileged: true });
  new ApiObject(cloud.on("one"), "own", { apiVersion, kind, metadata: { name } });
  app.synth();
  const [project] = readManifests(join(outdir, "one/argo/project.yaml"));
  return asRecord(project?.["spec"])["clusterResourceWhitelist"];
}

test("a name with what means something in a glob is allowed as it is, and nothing else", () => {
  expect(allowedClusterScoped("certificates.k8s.io/v1beta1", "ClusterTrustBundle", "*[a]")).toContainEqual({
    group: "certificates.k8s.io",
    kind: "ClusterTrustBundle",
    name: "\\*\\[a\\]",
  });
});

test("a ClusterRole of any name is allowed before and after, so that Argo CD deletes the last one", () => {
  const allowed = allowedClusterScoped("rbac.authorization.k8s.io/v1", "ClusterRole", "auditors");
  expect(asList(allowed).filter((each) => asRecord(each)["kind"] === "ClusterRole")).toEqual([
    { group: "rbac.authorization.k8s.io", kind: "ClusterRole" },
  ]);
});
