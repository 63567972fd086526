import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { defineFleet, FleetApp, LogicalCloud } from "../../src/index.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { formatManifest } from "../../src/rendered/format-yaml.ts";
import type { WantedChart } from "../../src/rendered/wanted-file.ts";
import { chartFile, littleChart, renderCharts, wantedOf } from "./chart-files.ts";
import { faultsOf, newApp, readFiles, readManifests } from "./fleets.ts";

const fleet = defineFleet({
  mesh: { cni: true },
  clusters: {
    m1: { kubernetes: "1.33", identity: "service-account" },
    m2: {
      kubernetes: "1.33",
      identity: "service-account",
      delivery: {
        git: { repository: "https://git.example.com/fleet", engine: "flux", flux: { decryptionSecret: "age" } },
      },
      mesh: { trust: "sops" },
    },
  },
});

/** A cloud on clusters where its user's own helm installs, whose authority is encrypted into the repository on one. */
function newShop(given: { readonly exports?: readonly string[]; readonly clusters?: readonly ("m1" | "m2")[] } = {}) {
  const { outdir } = newApp();
  const meshes = join(outdir, "../mesh-files");
  const { clusters = ["m1"], exports = [] } = given;
  const synth = (exported = exports): void => {
    const app = new FleetApp({ fleet, outdir, identities: join(outdir, "../none"), meshes });
    new LogicalCloud(app, "shop", { clusters, mesh: { mode: "dedicated", exports: exported } });
    app.synth();
  };
  return { outdir, meshes, synth, chart: (): WantedChart => chartNamed("istiod", wantedOf(synth).charts) };
}

const chartNamed = (name: string, charts: readonly WantedChart[]): WantedChart => {
  const chart = charts.find(({ release }) => release.chart === name);
  if (chart === undefined) throw new Error(`no chart ${name} is wanted`);
  return chart;
};

test("an app asked for what it wants says it without the files that are to be made", () => {
  const { synth, meshes, outdir } = newShop();
  const { charts, meshes: wanted } = wantedOf(synth);
  expect(charts.map(({ file, release }) => [file.slice(meshes.length + 1), release.chart, release.version])).toEqual([
    ["1.31.1.crds.k8s.yaml", "base", "1.31.1"],
    ["shop/m1.k8s.yaml", "istiod", "1.31.1"],
  ]);
  expect(wanted).toEqual([
    { cloud: "shop", cluster: "m1", trustDomain: "shop.mesh", nameConstraints: false, trust: "post-sync" },
  ]);
  expect(Object.keys(readFiles(join(outdir, "..")))).toEqual([]);
});

test("what helm has made is rendered with our labels in place of its own", () => {
  const { synth, outdir } = newShop();
  renderCharts(synth);
  synth();
  const manifests = readManifests(join(outdir, "m1/meshes/shop/mesh.k8s.yaml"));
  const role = manifests.find(({ kind }) => kind === "ClusterRole");
  expect(role?.metadata.labels).toEqual({
    "app.kubernetes.io/managed-by": "lcloud",
    "logical-clouds.io/cloud": "shop",
    "istio.io/rev": "shop",
  });
  const [crd] = readManifests(join(outdir, "m1/platform/platform.k8s.yaml"));
  expect(crd?.metadata.labels).toMatchObject({ "app.kubernetes.io/managed-by": "lcloud" });
});

describe("a file of a control plane is refused", () => {
  const faultsWith = (text: (chart: WantedChart) => string): readonly string[] => {
    const { synth, chart } = newShop();
    renderCharts(synth);
    writeFileSync(chart().file, text(chart()));
    return messagesOf(synth);
  };
  const withMore = (manifest: Manifest) => (chart: WantedChart) => chartFile(chart, [...littleChart(chart), manifest]);
  const object = (kind: string, name: string, namespace?: string, fields: object = {}): Manifest => ({
    apiVersion: "v1",
    kind,
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    ...fields,
  });

  test.each<[string, (chart: WantedChart) => string, RegExp]>([
    ["that is empty", () => "", /does not say what it was made from/],
    [
      "of an older version",
      (chart) => chartFile({ ...chart, release: { ...chart.release, version: "1.30.0" } }),
      /was made from version 1\.30\.0/,
    ],
    [
      "of other values",
      (chart) => chartFile({ ...chart, values: `${chart.values} ` }),
      /was made from values that are no longer these/,
    ],
    [
      "of another chart",
      (chart) => chartFile({ ...chart, release: { ...chart.release, chart: "base" } }),
      /was made from/,
    ],
    ["without a mesh config", (chart) => chartFile(chart, littleChart(chart).slice(1)), /holds no mesh config/],
    [
      "with something in another namespace",
      withMore(object("ConfigMap", "a", "kube-system")),
      /is not the control plane's own/,
    ],
    [
      "with something of the cluster that is not named after it",
      withMore(object("ClusterRoleBinding", "admin", undefined, { apiVersion: "rbac.authorization.k8s.io/v1" })),
      /is not the control plane's own/,
    ],
    [
      "with a kind that no control plane needs",
      withMore(object("CronJob", "a", "istio-shop")),
      /is of a kind that a control plane does not need/,
    ],
    [
      "with a Secret",
      withMore(object("Secret", "a", "istio-shop", { data: { a: "YQ==" } })),
      /holds what nobody may read/,
    ],
    [
      "with the mesh of another cloud",
      (chart) => chartFile(chart).replaceAll("shop.mesh", "bank.mesh"),
      /mesh config trustDomain: is "bank\.mesh"/,
    ],
  ])("%s", (_, text, fault) => {
    const [message, ...more] = faultsWith(text);
    expect(more).toEqual([]);
    expect(message).toMatch(fault);
    expect(message).toContain("; run lcloud mesh render");
  });
});

const messagesOf = (synth: () => void): readonly string[] => faultsOf(synth).map(({ message }) => message);

test("files that nobody has made are missing, each of them", () => {
  const { synth, meshes } = newShop();
  expect(faultsOf(synth)).toEqual(
    ["1.31.1.crds.k8s.yaml", "shop/m1.k8s.yaml"].map((file) => ({
      path: join(meshes, file),
      message: "is missing; run lcloud mesh render",
    })),
  );
});

test("a file that several clusters share is missing once", () => {
  const clusters = {
    a: { kubernetes: "1.33", identity: "service-account" },
    b: { kubernetes: "1.33", identity: "service-account" },
  } as const;
  const { outdir } = newApp();
  const app = new FleetApp({
    fleet: defineFleet({ mesh: { cni: true }, clusters }),
    outdir,
    meshes: join(outdir, "../none"),
  });
  new LogicalCloud(app, "shop", { mesh: { mode: "dedicated" } });
  const paths = faultsOf(() => app.synth()).map(({ path }) => basename(path));
  expect(paths).toEqual(["1.31.1.crds.k8s.yaml", "a.k8s.yaml", "b.k8s.yaml"]);
});

test("what changes the values makes a file stale", () => {
  const { synth } = newShop();
  renderCharts(synth);
  expect(messagesOf(() => synth(["web"]))).toEqual([expect.stringMatching(/values that are no longer these/)]);
});

test("CRDs are nothing but CRDs", () => {
  const { synth, chart } = newShop();
  renderCharts(synth);
  const base = chartNamed("base", wantedOf(synth).charts);
  writeFileSync(base.file, chartFile(base, [...littleChart(base), ...littleChart(chart())]));
  expect(messagesOf(synth)).toEqual([
    expect.stringMatching(/^ConfigMap\/istio-shop\/istio-shop is no CRD of Istio/),
    expect.stringMatching(/^ClusterRole\/\S+ is no CRD of Istio/),
  ]);
  rmSync(base.file);
  expect(messagesOf(synth)).toEqual(["is missing; run lcloud mesh render"]);
});

describe("an authority that Flux decrypts", () => {
  const encrypted: Manifest = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: "cacerts",
      namespace: "istio-shop",
      labels: { "app.kubernetes.io/managed-by": "lcloud", "logical-clouds.io/cloud": "shop" },
    },
    data: { "ca-key.pem": "ENC[AES256_GCM,data:AAAA,iv:AAAA,tag:AAAA,type:str]" },
    sops: { mac: "ENC[AES256_GCM,data:AAAA,iv:AAAA,tag:AAAA,type:str]" },
  };
  const newShopWith = (authority: object | undefined) => {
    const shop = newShop({ clusters: ["m2"] });
    const { authority: path = "" } = wantedOf(shop.synth).meshes[0] ?? {};
    mkdirSync(dirname(path), { recursive: true });
    if (authority !== undefined) writeFileSync(path, formatManifest(authority));
    return shop;
  };

  test("is rendered as it was encrypted", () => {
    const { synth, outdir } = newShopWith(encrypted);
    synth();
    expect(readManifests(join(outdir, "m2/meshes/shop/mesh.k8s.yaml"))).toContainEqual(encrypted);
  });

  test.each<[string, object | undefined, RegExp]>([
    ["is missing", undefined, /^is missing; run lcloud enroll shop/],
    ["is not encrypted", { ...encrypted, sops: undefined }, /is not Secret istio-shop\/cacerts, encrypted by SOPS/],
    [
      "is of another mesh",
      { ...encrypted, metadata: { ...encrypted.metadata, namespace: "istio-bank" } },
      /is not Secret/,
    ],
    ["has lost its labels", { ...encrypted, metadata: { name: "cacerts", namespace: "istio-shop" } }, /is not Secret/],
    ["is something else", { ...encrypted, kind: "ConfigMap" }, /is not Secret/],
  ])("is refused where it %s", (_, authority, fault) => {
    const [message, ...more] = messagesOf(newShopWith(authority).synth);
    expect(more).toEqual([]);
    expect(message).toMatch(fault);
  });
});
