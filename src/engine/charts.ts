import { BASE_RELEASE, type ChartRelease, istiodRelease } from "../mesh/charts.ts";
import type { JsonObject, Manifest } from "../model/manifest.ts";
import { fieldsOf, textOf } from "./fields.ts";
import type { AllowedKind, AllowedKinds } from "./lasting-kinds.ts";

/** A chart that Argo CD installs by itself. */
export interface EngineChart {
  /** Of its Application. */
  readonly name: string;
  readonly release: ChartRelease;
  readonly values: JsonObject;
}

const ISTIOD_PREFIX = istiodRelease("");

/** The cloud whose control plane an Application installs; undefined for any other. */
export const cloudOfChart = (name: string): string | undefined =>
  name.startsWith(ISTIOD_PREFIX) ? name.slice(ISTIOD_PREFIX.length) : undefined;

/** Whether a name is that of the Application of a chart. */
export const isChartName = (name: string): boolean => name === BASE_RELEASE || cloudOfChart(name) !== undefined;

/**
 * The chart that an Application installs, as far as it says: whether it says anything else is for whoever renders it anew.
 *
 * @returns undefined for one that installs none.
 */
export function chartOf({ metadata: { name }, spec }: Manifest): EngineChart | undefined {
  const { source, destination } = fieldsOf(spec);
  const { repoURL, chart, targetRevision, helm } = fieldsOf(source);
  const { releaseName, valuesObject } = fieldsOf(helm);
  if (!isChartName(name) || textOf(chart) === "") return undefined;
  return {
    name,
    release: {
      name: textOf(releaseName),
      namespace: textOf(fieldsOf(destination)["namespace"]),
      chart: textOf(chart),
      version: textOf(targetRevision),
      repository: textOf(repoURL),
    },
    values: fieldsOf(valuesObject) as JsonObject,
  };
}

/**
 * What charts make beside what clouds have by themselves and `MESH_KINDS`, with our values: as helm renders 1.30 and
 * 1.31.
 */
export function chartKinds(charts: readonly EngineChart[]): AllowedKinds {
  const isOfCloud = ({ name }: EngineChart): boolean => cloudOfChart(name) !== undefined;
  return {
    clusterScoped: charts.every(isOfCloud) ? [] : [ISTIO_CRDS],
    namespaced: charts.some(isOfCloud) ? CONTROL_PLANE : [],
  };
}

const ISTIO_CRDS: AllowedKind = { group: "apiextensions.k8s.io", kind: "CustomResourceDefinition", name: "*.istio.io" };

/** These go with their namespace. */
const CONTROL_PLANE: readonly AllowedKind[] = [
  { group: "", kind: "Service" },
  { group: "apps", kind: "Deployment" },
];
