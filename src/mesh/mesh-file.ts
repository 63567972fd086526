import { hash } from "node:crypto";
import { loadAll, YAMLException } from "js-yaml";
import type { JsonObject, Manifest } from "../model/manifest.ts";
import type { ChartRelease } from "./charts.ts";

/** What a chart was rendered from, as the first line of the file says it. */
export interface MeshFileSource {
  readonly chart: string;
  /** Of the chart, as in `1.31.1`. */
  readonly version: string;
  /** Of {@link valuesText}: SHA-256 in hexadecimal. */
  readonly values: string;
}

export interface MeshFile {
  readonly source: MeshFileSource;
  /** As helm gave them. */
  readonly manifests: readonly Manifest[];
}

/**
 * Where what `lcloud mesh render` makes lies: relative to the working directory, with `/` on every system.
 *
 * ```
 * <folder>/<cloud>/<cluster>.k8s.yaml              a control plane, for installer `manifests`
 * <folder>/<version>.crds.k8s.yaml                 Istio's CRDs
 * <folder>/<cloud>/<cluster>.cacerts.sops.yaml     an authority, encrypted; `lcloud enroll` makes it
 * ```
 */
export const meshFiles = {
  controlPlane: (folder: string, cloud: string, cluster: string) => `${folder}/${cloud}/${cluster}.k8s.yaml`,
  crds: (folder: string, version: string) => `${folder}/${version}.crds.k8s.yaml`,
  authority: (folder: string, cloud: string, cluster: string) => `${folder}/${cloud}/${cluster}.cacerts.sops.yaml`,
};

/** Values of a chart as helm gets them: JSON, which is YAML too. The same values give the same text. */
export const valuesText = (values: JsonObject): string => `${JSON.stringify(values, null, 2)}\n`;

/** What a chart is to be rendered from. @param values - A {@link valuesText}. */
export const sourceOf = ({ chart, version }: ChartRelease, values: string): MeshFileSource => ({
  chart,
  version,
  values: hash("sha256", values),
});

/**
 * The text of a file that holds what helm has made of a chart.
 *
 * @param documents - YAML of the manifests, with `---` between them.
 */
export const formatMeshFile = (source: MeshFileSource, documents: string): string =>
  `${header(source)}\n${documents.replace(/\n?$/, "\n")}`;

const header = ({ chart, version, values }: MeshFileSource): string =>
  `# lcloud mesh render: chart ${chart} ${version}, values sha256:${values}`;

const HEADER = /^# lcloud mesh render: chart (?<chart>\S+) (?<version>\S+), values sha256:(?<values>[0-9a-f]{64})\n/;

/** Whether {@link formatMeshFile} has written a text, whatever became of the rest of it. */
export const isMeshFile = (text: string): boolean => HEADER.test(text);

/**
 * The inverse of {@link formatMeshFile}.
 *
 * @returns A text that says what is wrong with a file that it has not written.
 */
export function parseMeshFile(text: string): MeshFile | string {
  const { chart, version, values } = HEADER.exec(text)?.groups ?? {};
  if (chart === undefined || version === undefined || values === undefined) return "does not say what it was made from";
  const manifests = parseObjects(text);
  return typeof manifests === "string" ? manifests : { source: { chart, version, values }, manifests };
}

/**
 * The objects of a YAML file.
 *
 * @returns A text that says what is wrong with it.
 */
export function parseObjects(text: string): readonly Manifest[] | string {
  const documents = documentsOf(text);
  if (typeof documents === "string") return documents;
  if (documents.length === 0) return "holds no object";
  return documents.every(isManifest) ? documents : "holds something that is no object of Kubernetes";
}

function documentsOf(text: string): readonly unknown[] | string {
  try {
    return loadAll(text, { maxAliases: 0 }).filter((document) => document !== null && document !== undefined);
  } catch (cause) {
    // its message would show lines of the file
    return cause instanceof YAMLException
      ? `is no YAML that we read (${cause.reason} in line ${(cause.mark?.line ?? 0) + 1})`
      : "is no YAML that we read (too deep)";
  }
}

function isManifest(value: unknown): value is Manifest {
  if (typeof value !== "object" || value === null) return false;
  if (!("apiVersion" in value && "kind" in value && "metadata" in value)) return false;
  const { apiVersion, kind, metadata } = value;
  if (typeof apiVersion !== "string" || typeof kind !== "string") return false;
  return typeof metadata === "object" && metadata !== null && "name" in metadata && typeof metadata.name === "string";
}
