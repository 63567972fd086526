import { expect, test } from "vitest";
import { istiodChart } from "../../src/mesh/charts.ts";
import { checkChart } from "../../src/mesh/check-chart.ts";
import { gatewayManifests } from "../../src/mesh/gateway.ts";
import { checkMeshConfig, meshConfigsIn } from "../../src/mesh/mesh-config.ts";
import { formatMeshFile, parseMeshFile, sourceOf, valuesText } from "../../src/mesh/mesh-file.ts";
import type { DedicatedMeshSpec } from "../../src/mesh/mesh-spec.ts";
import { istiodValues, meshConfig } from "../../src/mesh/values.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { secretValuesOf } from "../../src/model/sops.ts";
import { formatManifests } from "../../src/rendered/format-yaml.ts";
import { helmTemplate, type IstioRelease } from "../lab/istio-charts.ts";
import { gatewayValues } from "../lab/istio-example.ts";
import { exampleSpec } from "./example-spec.ts";

const RELEASES: readonly IstioRelease[] = ["1.31", "1.30"];
const CLOUDS = ["shop", "123", "1e3", "true"];

const controlPlane = (spec: DedicatedMeshSpec, istio: IstioRelease): Promise<readonly Manifest[]> => {
  const { name: release, namespace } = istiodChart(spec);
  return helmTemplate({ chart: "istiod", release, namespace, values: istiodValues(spec), istio });
};

test.for(RELEASES)("with charts of %s, istiod reads the mesh config that is meant", async (istio) => {
  for (const cloud of CLOUDS) {
    const spec = exampleSpec(cloud);
    const configs = meshConfigsIn(cloud, await controlPlane(spec, istio));
    expect(configs).toHaveLength(1);
    expect(configs.flatMap((config) => checkMeshConfig(config, meshConfig(spec)))).toEqual([]);
  }
});

test.for(RELEASES)("what charts of %s make is committed and read back as it is", async (istio) => {
  const spec = exampleSpec("shop");
  const manifests = await controlPlane(spec, istio);
  const source = sourceOf(istiodChart(spec), valuesText(istiodValues(spec)));
  const file = parseMeshFile(formatMeshFile(source, formatManifests(manifests)));
  expect(file).toEqual({ source, manifests: JSON.parse(JSON.stringify(manifests)) });
  expect(manifests.filter((manifest) => secretValuesOf(manifest) !== "none")).toEqual([]);
});

/** Those of which Istio's charts have profiles, and one that they do not know. */
const PLATFORMS = ["gke", "openshift", "k3s", "eks"];

test.for(RELEASES)("what charts of %s make for a platform is no more than a control plane", async (istio) => {
  for (const platform of PLATFORMS) {
    const spec = exampleSpec("shop", { platform, cni: false });
    const manifests = await controlPlane(spec, istio);
    expect(checkChart(istiodChart(spec), manifests, istiodValues(spec))).toEqual([]);
    const injector = manifests.find(({ metadata }) => metadata.name === "istio-sidecar-injector-shop");
    const { values = "" } = (injector?.["data"] ?? {}) as { readonly values?: string };
    // a platform's profile says that istio-cni is there
    expect(JSON.parse(values)).toMatchObject({ pilot: { cni: { enabled: false } } });
  }
});

test.for(RELEASES)("charts of %s leave nobody a way in beside what is encrypted", async (istio) => {
  const manifests = await controlPlane(exampleSpec("shop"), istio);
  const template = byKind(manifests, "Deployment").spec["template"] as {
    spec: { containers: [{ args: string[]; env: object[] }] };
  };
  const [{ args, env }] = template.spec.containers;
  expect(args).toContain("--grpcAddr=");
  expect(env).toContainEqual({ name: "ENABLE_DEBUG_ON_HTTP", value: "false" });
  expect(env).toContainEqual({ name: "PILOT_SCOPE_GATEWAY_TO_NAMESPACE", value: "true" });
  expect(env).toContainEqual({ name: "ROOT_CA_DIR", value: "/etc/require-cacerts" });
  expect(JSON.stringify(manifests)).not.toContain("istiod-gateway-controller");
});

/** Labels and annotations of Helm and of Prometheus, which nobody asks for. */
const OF_CHART =
  /^(app\.kubernetes\.io\/|helm\.sh\/|prometheus\.io\/|istio\.io\/dataplane-mode$|sidecar\.istio\.io\/inject$)/;

const without = (texts: Readonly<Record<string, string>> = {}): object =>
  Object.fromEntries(Object.entries(texts).filter(([key]) => !OF_CHART.test(key) && key !== "logical-clouds.io/cloud"));

const byKind = (manifests: readonly Manifest[], kind: string) => {
  const found = manifests.find((manifest) => manifest.kind === kind);
  if (found === undefined) throw new Error(`no ${kind}`);
  return found as Manifest & { readonly spec: Record<string, unknown> };
};

/** A pod template without what the chart adds by itself. */
function podOf({ spec }: { readonly spec: Record<string, unknown> }): object {
  const { metadata, spec: pod } = spec["template"] as {
    metadata: { labels: Record<string, string>; annotations: Record<string, string> };
    spec: { terminationGracePeriodSeconds?: number };
  };
  const { terminationGracePeriodSeconds: _default, ...rest } = pod;
  return { labels: without(metadata.labels), annotations: without(metadata.annotations), spec: rest };
}

test.for(RELEASES)("our gateway is that of the chart of %s, but for rights and istiod's ports", async (istio) => {
  const ours = gatewayManifests(exampleSpec("shop"));
  const theirs = await helmTemplate({
    chart: "gateway",
    release: "istio-eastwestgateway",
    namespace: "istio-shop",
    values: gatewayValues("shop", "m1"),
    istio,
  });
  const [deployment, chartDeployment] = [byKind(ours, "Deployment"), byKind(theirs, "Deployment")];
  expect(normal(podOf(deployment))).toEqual(normal(podOf(chartDeployment)));
  expect(deployment.spec["selector"]).toEqual(chartDeployment.spec["selector"]);
  const [service, chartService] = [byKind(ours, "Service"), byKind(theirs, "Service")];
  expect(service.spec["selector"]).toEqual(chartService.spec["selector"]);
  expect(without(service.metadata.labels)).toEqual(without(chartService.metadata.labels));
  const inCharts = (chartService.spec["ports"] as object[]).map((port) => ({ protocol: "TCP", ...port }));
  expect(inCharts).toEqual(expect.arrayContaining(service.spec["ports"] as object[]));
  const numbers = (each: typeof service) => (each.spec["ports"] as { port: number }[]).map(({ port }) => port);
  expect(numbers(chartService).filter((port) => !numbers(service).includes(port))).toEqual([15012, 15017]);
});

/** The chart writes a quantity of one CPU as a number. */
const normal = (value: object): unknown => JSON.parse(JSON.stringify(value).replaceAll('"cpu":"1"', '"cpu":1'));
