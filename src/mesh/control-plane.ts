import { MANAGED_BY, MANAGED_BY_LABEL } from "../model/labels.ts";
import type { Json, JsonObject, Manifest } from "../model/manifest.ts";
import { BASE_RELEASE, BASE_VALUES, baseChart, type ChartRelease, istiodChart, istiodRelease } from "./charts.ts";
import { clusterMeta, meshMeta } from "./mesh-object.ts";
import type { DedicatedMeshSpec } from "./mesh-spec.ts";
import { meshNamespace, meshRevision } from "./names.ts";
import { istiodValues } from "./values.ts";

/** HelmRepository of Istio's charts, in Flux' namespace. */
const CHART_SOURCE = "lc-istio";

/**
 * What makes an installer put a cloud's control plane into a cluster.
 *
 * @returns Nothing for `argocd`, whose Application lies among the agent's own objects, and for `manifests`.
 */
export function controlPlane(spec: DedicatedMeshSpec): readonly Manifest[] {
  switch (spec.installer) {
    case "flux":
      return [fluxControlPlane(spec)];
    case "sail":
      return [sailControlPlane(spec)];
    case "argocd":
    case "manifests":
      return [];
  }
}

function fluxControlPlane(spec: DedicatedMeshSpec): Manifest {
  const { cloud, agentNamespace = "" } = spec;
  return {
    apiVersion: "helm.toolkit.fluxcd.io/v2",
    kind: "HelmRelease",
    metadata: meshMeta(cloud, istiodRelease(cloud), agentNamespace),
    spec: helmRelease(istiodChart(spec), istiodValues(spec)),
  };
}

/** The HelmRepository of Istio's charts and, where they are ours, the release of its CRDs; in Flux' namespace. */
export function fluxPlatform(
  version: string,
  repository: string,
  namespace: string,
  crds: "ours" | "theirs",
): readonly Manifest[] {
  const labels = { [MANAGED_BY_LABEL]: MANAGED_BY };
  const source: Manifest = {
    apiVersion: "source.toolkit.fluxcd.io/v1",
    kind: "HelmRepository",
    metadata: { name: CHART_SOURCE, namespace, labels },
    spec: { interval: "24h", url: repository },
  };
  if (crds === "theirs") return [source];
  return [
    source,
    {
      apiVersion: "helm.toolkit.fluxcd.io/v2",
      kind: "HelmRelease",
      metadata: { name: BASE_RELEASE, namespace, labels },
      spec: helmRelease(baseChart(version, repository), BASE_VALUES),
    },
  ];
}

/**
 * Helm keeps what it knows of a release in Flux' own namespace: with `istio-<cloud>` it would be gone before Helm has
 * uninstalled what lives in no namespace.
 */
const helmRelease = ({ name, namespace, chart, version }: ChartRelease, values: JsonObject): JsonObject => ({
  interval: "60m",
  // a control plane waits for its authority, and post-sync for somebody to start it
  timeout: "15m",
  releaseName: name,
  targetNamespace: namespace,
  chart: { spec: { chart, version, interval: "24h", sourceRef: { kind: "HelmRepository", name: CHART_SOURCE } } },
  install: { crds: "Skip", createNamespace: false, remediation: { retries: -1 } },
  upgrade: { crds: "Skip", remediation: { retries: -1 } },
  driftDetection: { mode: "enabled" },
  values,
});

/** The Sail operator brings CRDs and images of each version that it knows. */
const sailControlPlane = (spec: DedicatedMeshSpec): Manifest => ({
  apiVersion: "sailoperator.io/v1",
  kind: "Istio",
  metadata: clusterMeta(spec.cloud, meshRevision(spec.cloud)),
  spec: {
    namespace: meshNamespace(spec.cloud),
    version: `v${spec.version}`,
    updateStrategy: { type: "InPlace" },
    values: sailValues(istiodValues(spec)),
  },
});

/**
 * Sail has what concerns istiod's own pods below `pilot`. Left out is what it sets by itself (revision, platform, webhooks'
 * failure policy), and what its CRD does not know.
 */
function sailValues(values: JsonObject): JsonObject {
  const entries = Object.entries(values).filter(([key]) => !["revision", "base", "replicaCount"].includes(key));
  const isOfMesh = ([key]: readonly [string, Json]): boolean => key === "global" || key === "meshConfig";
  return {
    ...Object.fromEntries(entries.filter(isOfMesh)),
    pilot: Object.fromEntries(entries.filter((entry) => !isOfMesh(entry))),
  };
}
