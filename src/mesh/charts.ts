import { SYSTEM_NAMESPACE } from "../model/labels.ts";
import type { JsonObject } from "../model/manifest.ts";
import type { DedicatedMeshSpec } from "./mesh-spec.ts";
import { istiodName, meshNamespace } from "./names.ts";

/** A release of one of Istio's charts. */
export interface ChartRelease {
  /** Name of the release. */
  readonly name: string;
  /** Namespace of the release. */
  readonly namespace: string;
  readonly chart: string;
  /** The chart's, which is Istio's: as in `1.31.1`. */
  readonly version: string;
  /** URL of the repository. */
  readonly repository: string;
}

/** Release of Istio's CRDs on a cluster; HelmRelease and Application have the same name. */
export const BASE_RELEASE = "lc-istio-base";

/** HelmRelease or Application of a cloud's control plane. */
export const istiodRelease = (cloud: string): string => `lc-${istiodName(cloud)}`;

/** The control plane of a cloud. */
export const istiodChart = ({ cloud, version, chartRepository }: DedicatedMeshSpec): ChartRelease => ({
  name: istiodName(cloud),
  namespace: meshNamespace(cloud),
  chart: "istiod",
  version,
  repository: chartRepository,
});

/** Istio's CRDs of a cluster. Its namespace is there before any mesh is. */
export const baseChart = (version: string, repository: string): ChartRelease => ({
  name: "istio-base",
  namespace: SYSTEM_NAMESPACE,
  chart: "base",
  version,
  repository,
});

/** Nothing but CRDs: each cloud has its own reader, and none is the default. */
export const BASE_VALUES: JsonObject = { defaultRevision: "", global: { resourceScope: "cluster" } };

/**
 * The version of Istio whose CRDs all control planes of a cluster can live with: the newest.
 *
 * @param versions - As in `1.31.1`; at least one.
 */
export const newestVersion = (versions: readonly string[]): string => [...versions].sort(byVersion).at(-1) ?? "";

/** Numbers first; of two that have the same, the one with a suffix (`-rc.0`) is older. */
function byVersion(a: string, b: string): number {
  const [ofA, ofB] = [a, b].map((version) => version.split("-", 1).join().split(".").map(Number));
  for (let at = 0; at < 3; at++) {
    const difference = (ofA?.[at] ?? 0) - (ofB?.[at] ?? 0);
    if (difference !== 0) return difference;
  }
  if (a.includes("-") !== b.includes("-")) return a.includes("-") ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
