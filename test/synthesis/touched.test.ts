import { existsSync } from "node:fs";
import { join } from "node:path";
import { ApiObject, type App, Chart, JsonPatch, Lazy, Testing } from "cdk8s";
import { k8s } from "cdk8s-plus-27";
import { Construct } from "constructs";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type FleetApp, LogicalCloud } from "../../src/index.ts";
import { CloudError } from "../../src/model/error.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { CLUSTERS, enroll, faultsOf, newApp, newKey, readFiles, readManifests } from "./fleets.ts";

afterEach(() => vi.unstubAllEnvs());

const key = newKey();

/** An app of one cloud that has something of every kind. */
function newShop() {
  const { app, outdir, identities } = newApp();
  enroll(identities, "shop", "ana", key);
  const shop = new LogicalCloud(app, "shop", {
    namespaces: ["shop-web", { name: "shop-api", labels: { tier: "api" }, annotations: { owner: "shop team" } }],
    permissions: {
      dev: { rules: [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["get", "create"] }] },
      view: { clusterRole: "view", namespaces: ["shop-api"] },
    },
    users: { ana: ["dev", "view"] },
    serviceAccounts: { ci: ["dev"] },
    quota: { "limits.cpu": 4, "requests.memory": "8Gi" },
    network: { ingressFrom: ["ingress"], egressTo: [{ cidr: "10.0.0.0/8", except: ["10.1.0.0/16"], ports: [443] }] },
  });
  return { app, outdir, shop };
}

const objects = (outdir: string, cluster: string): readonly Manifest[] =>
  readManifests(join(outdir, cluster, "clouds/shop/cloud.k8s.yaml"));

const find = (manifests: readonly Manifest[], kind: string, namespace = "shop-web") =>
  manifests.find((manifest) => manifest.kind === kind && manifest.metadata.namespace === namespace);

test("an app that was looked at all over is written as one that nobody has touched", () => {
  const untouched = newShop();
  untouched.app.synth();
  const touched = newShop();
  const found = touched.app.node.findAll().filter((construct) => ApiObject.isApiObject(construct));
  expect(found.length).toBeGreaterThan(30);
  touched.app.synth();
  expect(readFiles(touched.outdir)).toEqual(readFiles(untouched.outdir));
});

test("synthesizing twice gives the same bytes", () => {
  const { app, outdir } = newShop();
  app.synth();
  const first = readFiles(outdir);
  app.synth();
  expect(readFiles(outdir)).toEqual(first);
});

test("the construct ids of our objects tell what they are", () => {
  const { shop } = newShop();
  expect(shop.on("k3s").node.children.map(({ node }) => node.id)).toEqual([
    ...["namespace", "quota", "limits", "namespace@shop-api", "quota@shop-api", "limits@shop-api"],
    ...["network", "network@shop-api", "service-account:ci", "user:ana"],
    ...["role:dev", "role-binding:dev", "role:dev@shop-api", "role-binding:dev@shop-api", "role-binding:view@shop-api"],
  ]);
});

test("our object that a user patches is written patched, in that cluster only", () => {
  const { app, outdir, shop } = newShop();
  ApiObject.of(shop.on("gke").node.findChild("quota")).addJsonPatch(JsonPatch.replace("/spec/hard/limits.cpu", "9"));
  app.synth();
  expect(find(objects(outdir, "gke"), "ResourceQuota")).toHaveProperty(["spec", "hard", "limits.cpu"], "9");
  expect(find(objects(outdir, "k3s"), "ResourceQuota")).toHaveProperty(["spec", "hard", "limits.cpu"], "4");
});

test("metadata that a user adds to our object is written", () => {
  const { app, outdir, shop } = newShop();
  ApiObject.of(shop.on("k3s").node.findChild("namespace")).metadata.addAnnotation("owner", "me");
  app.synth();
  const namespace = objects(outdir, "k3s").find(({ metadata }) => metadata.name === "shop-web");
  expect(namespace?.metadata.annotations).toEqual({ owner: "me" });
});

test("our object that a user removes is not written", () => {
  const { app, outdir, shop } = newShop();
  shop.on("k3s").node.tryRemoveChild("network");
  app.synth();
  expect(find(objects(outdir, "k3s"), "NetworkPolicy")).toBeUndefined();
  expect(find(objects(outdir, "gke"), "NetworkPolicy")).toBeDefined();
});

test("what users add is written with our labels, wherever below a chart it stands", () => {
  const { app, outdir, shop } = newShop();
  const metadata = { namespace: "shop-web" };
  for (const chart of shop.charts.values()) {
    new k8s.KubeConfigMap(chart, "direct", { metadata: { ...metadata, name: "direct" }, data: { a: "b" } });
  }
  const nested = new Chart(new Construct(shop.on("eks"), "part"), "chart", { labels: { part: "one" } });
  new ApiObject(nested, "deep", { apiVersion: "v1", kind: "ConfigMap", metadata: { ...metadata, name: "deep" } });
  app.synth();
  const names = (cluster: string) =>
    objects(outdir, cluster).flatMap(({ kind, metadata: { name } }) => (kind === "ConfigMap" ? [name] : []));
  expect(names("eks")).toEqual(["deep", "direct"]);
  expect(names("gke")).toEqual(["direct"]);
  const labels = { "app.kubernetes.io/managed-by": "lcloud", "logical-clouds.io/cloud": "shop" };
  expect(find(objects(outdir, "gke"), "ConfigMap")?.metadata.labels).toEqual(labels);
  expect(find(objects(outdir, "eks"), "ConfigMap")?.metadata.labels).toEqual({ ...labels, part: "one" });
});

test("a Lazy in props is resolved", () => {
  const { app, outdir } = newApp({ k3s: CLUSTERS.k3s });
  new LogicalCloud(app, "shop", { quota: { "limits.cpu": Lazy.any({ produce: () => 7 }), pods: 3 } });
  app.synth();
  expect(find(objects(outdir, "k3s"), "ResourceQuota", "shop")).toHaveProperty("spec.hard", {
    "limits.cpu": 7,
    pods: "3",
  });
});

test("an object outside every cluster's chart is a fault", () => {
  const { app } = newApp();
  const shop = new LogicalCloud(app, "shop");
  const scopes = [new Chart(app, "mine"), new Construct(shop, "parts"), shop, app];
  for (const scope of scopes) new ApiObject(scope, "x", { apiVersion: "v1", kind: "ConfigMap" });
  const message = expect.stringContaining('cloud.on("<cluster>")');
  const faults = faultsOf(() => app.synth());
  expect(faults).toEqual(["x", "shop/x", "mine/x", "shop/parts/x"].map((path) => ({ path, message })));
  expect(app.charts).not.toContain(app);
});

describe("plain cdk8s works on a FleetApp", () => {
  test("Testing.synth gives a chart's objects", () => {
    const { app, outdir, shop } = newShop();
    const synthesized: readonly Manifest[] = Testing.synth(shop.on("gke"));
    app.synth();
    expect([...synthesized].sort(byRef)).toEqual(objects(outdir, "gke"));
  });

  test("synthYaml and charts give all of them", () => {
    const { app } = newShop();
    expect(app.charts.map(({ node }) => node.path).sort()).toEqual(["shop/eks", "shop/gke", "shop/k3s"]);
    expect(app.synthYaml()).toContain("name: lc:shop:dev");
  });

  test("construct metadata is recorded where cdk8s-cli asks for it", () => {
    vi.stubEnv("CDK8S_RECORD_CONSTRUCT_METADATA", "true");
    const { app, outdir } = newShop();
    app.synth();
    const { version, resources } = JSON.parse(readFiles(outdir)["construct-metadata.json"] ?? "");
    expect(version).toBe("1.0.0");
    expect(resources["shop-web"]).toEqual({ path: "shop/k3s/namespace" });
  });

  test("CDK8S_OUTDIR is where an app without outdir writes", async () => {
    const { outdir } = newApp();
    vi.stubEnv("CDK8S_OUTDIR", outdir);
    const { FleetApp, defineFleet } = await import("../../src/index.ts");
    new FleetApp({ fleet: defineFleet({ clusters: { k3s: CLUSTERS.k3s } }) }).synth();
    expect(existsSync(join(outdir, "k3s/cluster.json"))).toBe(true);
  });
});

describe("what cannot be made at all is refused at once", () => {
  const refused = (make: () => unknown) => expect(make).toThrow(expect.objectContaining({ code: "INVALID" }));

  test("a cloud in a plain App", () => {
    refused(() => new LogicalCloud(Testing.app() as App as FleetApp, "shop"));
  });

  test("two clouds of one name", () => {
    const { app } = newApp();
    new LogicalCloud(app, "shop");
    refused(() => new LogicalCloud(app, "shop"));
  });

  test("a cloud with a name that JavaScript keeps for itself", () => {
    refused(() => new LogicalCloud(newApp().app, "constructor"));
  });

  test("the chart of a cluster where the cloud is not", () => {
    const { app } = newApp();
    refused(() => new LogicalCloud(app, "shop", { clusters: ["eks"] }).on("gke"));
  });

  test("with no frames of ours in what Node prints", () => {
    expect(new CloudError("INVALID", "no").stack).toBe("CloudError: no");
  });
});

function byRef(a: Manifest, b: Manifest): number {
  const key = ({ kind, metadata: { namespace = "", name } }: Manifest) => [kind, namespace, name].join("\0");
  return key(a) < key(b) ? -1 : 1;
}
