import { isDeepStrictEqual } from "node:util";
import { load, YAMLException } from "js-yaml";
import { CLOUD_LABEL } from "../model/labels.ts";
import type { JsonObject, Manifest } from "../model/manifest.ts";
import { meshConfigName, meshNamespace } from "./names.ts";

/** What the mesh config of every cloud says, whatever else is asked for: by it, meshes keep apart. */
export const essentialConfig = (cloud: string, trustDomain: string): JsonObject => ({
  trustDomain,
  rootNamespace: meshNamespace(cloud),
  discoverySelectors: [{ matchLabels: { [CLOUD_LABEL]: cloud } }],
});

/**
 * Read a mesh config as istiod does, and hold it against what it should be. istiod starts with its defaults where it cannot
 * read one: it then speaks for all namespaces of the cluster, and says that it is ready.
 *
 * @param text - YAML: key `mesh` of ConfigMap `istio-<revision>`, or what a chart is given for it.
 * @param wanted - Fields that it must have; it may have others.
 * @returns What is wrong, as `field: …`.
 */
export function checkMeshConfig(text: string, wanted: JsonObject): readonly string[] {
  const config = parse(text);
  if (typeof config === "string") return [config];
  const wrongTypes = Object.entries(SHAPE).flatMap(([field, shape]) => typeFaults(config[field], shape, field));
  if (wrongTypes.length > 0) return wrongTypes;
  return [
    ...Object.entries(wanted).flatMap(([field, value]) => differences(config[field], value, field)),
    ...OPENING.filter((field) => config[field] !== undefined).map(
      (field) => `${field}: lets others into the mesh; take it out`,
    ),
  ];
}

/** Fields that would make a mesh trust more than its own authority, or obey more than its own cluster. */
const OPENING = ["trustDomainAliases", "caCertificates", "configSources"];

type Fields = Readonly<Record<string, unknown>>;

function parse(text: string): Fields | string {
  let config: unknown;
  try {
    // none is ever rendered, and a few lines of them can stand for gigabytes
    config = load(text, { maxAliases: 0 });
  } catch (cause) {
    const reason =
      cause instanceof YAMLException ? `${cause.reason} in line ${(cause.mark?.line ?? 0) + 1}` : "too deep";
    return `is no YAML that istiod would read (${reason})`;
  }
  return isFields(config) ? config : "is no mapping, so that istiod would take its defaults";
}

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** How a field must look for istiod to read the config at all. */
type Shape = "text" | "flag" | { readonly each: Shape } | { readonly list: Shape } | { readonly fields: ShapeOf };
type ShapeOf = Readonly<Record<string, Shape>>;

/**
 * Of the fields that we or the chart set. istiod reads them as protobuf's JSON, which takes no number for a text.
 *
 * @see https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/
 */
const SHAPE: ShapeOf = {
  trustDomain: "text",
  rootNamespace: "text",
  discoverySelectors: { list: { fields: { matchLabels: { each: "text" } } } },
  outboundTrafficPolicy: { fields: { mode: "text" } },
  serviceSettings: { list: { fields: { settings: { fields: { clusterLocal: "flag" } }, hosts: { list: "text" } } } },
  defaultConfig: { fields: { discoveryAddress: "text", meshId: "text", proxyMetadata: { each: "text" } } },
  enablePrometheusMerge: "flag",
  trustDomainAliases: { list: "text" },
};

function typeFaults(value: unknown, shape: Shape, path: string): readonly string[] {
  if (value === undefined || value === null) return [];
  if (shape === "text") return typeof value === "string" ? [] : [`${path}: is no text, so that istiod reads nothing`];
  if (shape === "flag") return typeof value === "boolean" ? [] : [`${path}: is neither true nor false`];
  if ("list" in shape) {
    if (!Array.isArray(value)) return [`${path}: is no list, so that istiod reads nothing`];
    return value.flatMap((item, index) => typeFaults(item, shape.list, `${path}.${index}`));
  }
  if (!isFields(value)) return [`${path}: is no mapping, so that istiod reads nothing`];
  if ("each" in shape) {
    return Object.entries(value).flatMap(([key, item]) => typeFaults(item, shape.each, `${path}.${key}`));
  }
  return Object.entries(shape.fields).flatMap(([key, inner]) => typeFaults(value[key], inner, `${path}.${key}`));
}

/** Mappings may hold more than is wanted; lists may not. */
function differences(value: unknown, wanted: unknown, path: string): readonly string[] {
  if (isFields(wanted) && isFields(value)) {
    return Object.entries(wanted).flatMap(([key, inner]) => differences(value[key], inner, `${path}.${key}`));
  }
  if (isDeepStrictEqual(value, wanted)) return [];
  return [`${path}: is ${value === undefined ? "missing" : JSON.stringify(value)}, and not ${JSON.stringify(wanted)}`];
}

/**
 * The mesh configs that objects of a cloud's control plane give istiod, whoever installs it: of a HelmRelease, of an `Istio`
 * of the Sail operator, and in the ConfigMap itself.
 *
 * @returns Texts for {@link checkMeshConfig}.
 */
export const meshConfigsIn = (cloud: string, manifests: readonly Manifest[]): readonly string[] =>
  manifests.flatMap((manifest) => {
    const config = meshConfigOf(cloud, manifest);
    if (config === undefined) return [];
    return [typeof config === "string" ? config : JSON.stringify(config)];
  });

function meshConfigOf(cloud: string, { kind, metadata, spec, data }: Manifest): unknown {
  if (kind === "ConfigMap" && metadata.name === meshConfigName(cloud) && isFields(data)) {
    return data["mesh"] ?? "";
  }
  if ((kind !== "HelmRelease" && kind !== "Istio") || !isFields(spec) || !isFields(spec["values"])) return undefined;
  return spec["values"]["meshConfig"] ?? {};
}
