import { load } from "js-yaml";
import { expect, test } from "vitest";
import { newestVersion } from "../../src/mesh/charts.ts";
import { checkMeshConfig } from "../../src/mesh/mesh-config.ts";
import { meshCost } from "../../src/mesh/mesh-cost.ts";
import { istiodValues, meshConfig } from "../../src/mesh/values.ts";
import type { JsonObject } from "../../src/model/manifest.ts";
import { formatManifest } from "../../src/rendered/format-yaml.ts";
import { exampleSpec } from "./example-spec.ts";

const global = (values: JsonObject): JsonObject => values["global"] as JsonObject;

test.each(["123", "true", "1e3", "null", "0x10"])(
  "a cloud called %s keeps its name wherever istiod reads it",
  (cloud) => {
    const spec = exampleSpec(cloud, { cluster: "1e3" });
    const values = load(formatManifest(istiodValues(spec))) as JsonObject;
    expect(values).toEqual(istiodValues(spec));
    expect(values["revision"]).toBe(cloud);
    expect(global(values)).toMatchObject({ meshID: cloud, multiCluster: { clusterName: "1e3" } });
  },
);

test("istiod finds its authority in a volume that must be there, and nowhere else", () => {
  const { volumes, volumeMounts, env } = istiodValues(exampleSpec("shop")) as {
    volumes: [{ name: string; secret: object }];
    volumeMounts: [{ name: string; mountPath: string }];
    env: Record<string, string>;
  };
  expect(volumes[0].secret).toEqual({ secretName: "cacerts", optional: false });
  expect(volumeMounts[0].name).toBe(volumes[0].name);
  expect(env["ROOT_CA_DIR"]).toBe(volumeMounts[0].mountPath);
});

test("every value of the environment is a text", () => {
  for (const value of Object.values(istiodValues(exampleSpec("shop"))["env"] as object))
    expect(value).toBeTypeOf("string");
});

test("Services that are not exported stay within their cluster", () => {
  const settingsOf = (exports: "all" | readonly string[]) =>
    meshConfig(exampleSpec("shop", { exports }))["serviceSettings"];
  expect(settingsOf("all")).toEqual([{ settings: { clusterLocal: true }, hosts: ["*.istio-shop.svc.cluster.local"] }]);
  expect(settingsOf([])).toEqual([{ settings: { clusterLocal: true }, hosts: ["*"] }]);
  expect(settingsOf(["shop/web"])).toEqual([
    { settings: { clusterLocal: true }, hosts: ["*"] },
    { settings: { clusterLocal: false }, hosts: ["web.shop.svc.cluster.local"] },
  ]);
});

test("the sidecar has a seccomp profile where the level of Pod Security asks for one", () => {
  const profileOf = (podSecurity: "baseline" | "restricted") =>
    (global(istiodValues(exampleSpec("shop", { podSecurity })))["proxy"] as JsonObject)["seccompProfile"];
  expect(profileOf("restricted")).toEqual({ type: "RuntimeDefault" });
  expect(profileOf("baseline")).toBeUndefined();
});

test("Istio's charts are told of platforms that they know, and of no others", () => {
  const platformOf = (platform: string) => global(istiodValues(exampleSpec("shop", { platform })))["platform"];
  expect(["openshift", "gke", "k3s", "aks", "other"].map(platformOf)).toEqual([
    "openshift",
    "gke",
    "k3s",
    undefined,
    undefined,
  ]);
});

test.each(["all", [], ["shop/web"]] as const)(
  "what is said of a mesh is a config that istiod reads (exports %j)",
  (exports) => {
    const spec = exampleSpec("shop", { exports });
    expect(checkMeshConfig(formatManifest(meshConfig(spec)), meshConfig(spec))).toEqual([]);
  },
);

test("limits that nobody sets are not there", () => {
  const { resources } = exampleSpec("shop");
  const values = istiodValues(exampleSpec("shop", { resources: { ...resources, istiod: resources.gateway } }));
  expect(istiodValues(exampleSpec("shop"))["resources"]).toEqual({ requests: { cpu: "50m", memory: "256Mi" } });
  expect(values["resources"]).toEqual(resources.gateway);
});

test.each([
  [["1.30.9", "1.31.0", "1.30.10"], "1.31.0"],
  [["1.30.9", "1.30.10"], "1.30.10"],
  [["1.31.0-rc.0", "1.31.0"], "1.31.0"],
  [["1.31.0-rc.1", "1.31.0-rc.0"], "1.31.0-rc.1"],
])("of %j the newest is %s", (versions, newest) => {
  expect(newestVersion(versions)).toBe(newest);
  expect(newestVersion([...versions].reverse())).toBe(newest);
});

test("what meshes cost is what their control planes and gateways ask for", () => {
  expect(meshCost([])).toBeUndefined();
  expect(meshCost([exampleSpec("shop", { hasPeers: true }), exampleSpec("bank")])).toEqual({
    istiods: 2,
    gateways: 2,
    memoryMiB: 640,
    remoteSecrets: 1,
  });
});
