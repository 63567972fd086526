import type { CloudDefinition } from "../definition/cloud-definition.ts";
import { labelKeyFault, labelValueFault } from "../definition/label-faults.ts";
import { OURS } from "../definition/namespace-labels.ts";
import { type Shape, texts } from "../definition/shape.ts";
import { ADOPT_ANNOTATION, CLOUD_LABEL, MANAGED_BY, MANAGED_BY_LABEL } from "../model/labels.ts";
import type { Manifest } from "../model/manifest.ts";
import { isDnsLabel, isDnsSubdomain, isPathSegment, isQualifiedName } from "../model/names.ts";
import { NAME_LABEL } from "../model/network-rules.ts";
import { groupOf } from "../model/ref.ts";
import { checkFinalizers } from "./check-finalizers.ts";
import { isNamespace } from "./check-kind.ts";
import { asRecord } from "./fields.ts";
import { formFaults } from "./form-faults.ts";

/** Bound of the API server on the annotations of one object together, in bytes. */
const MAX_ANNOTATION_BYTES = 256 * 1024;

/** Name, labels, annotations and finalizers of an object, by the rules of the API server and by ours. */
export function checkMetadata(manifest: Manifest, cloud: CloudDefinition): readonly string[] {
  return [
    ...checkFields(manifest),
    ...checkName(manifest),
    ...checkLabels(manifest, cloud.name),
    ...checkAnnotations(manifest),
    ...checkFinalizers(manifest),
    ...checkOurs(manifest, cloud),
  ];
}

/** All that may be the same on every cluster and does not belong to the API server. */
const FIELDS: ReadonlySet<string> = new Set(["name", "namespace", "labels", "annotations", "finalizers"]);

/** What they hold is asked one by one. */
const FORMS: Readonly<Record<string, Shape>> = {
  labels: { values: { any: true } },
  annotations: { values: { any: true } },
  finalizers: texts,
};

function checkFields({ metadata }: Manifest): readonly string[] {
  return Object.entries(metadata).flatMap(([field, value]) => {
    const at = `metadata.${field}`;
    if (!FIELDS.has(field)) return [`${at}: is for the cluster to set, or has no such field; take it out`];
    const form = FORMS[field];
    return form === undefined || value === undefined ? [] : formFaults(value, form, at);
  });
}

interface NameRule {
  readonly holds: (name: string) => boolean;
  readonly text: string;
}

const SUBDOMAIN: NameRule = {
  holds: isDnsSubdomain,
  text: "no DNS subdomain; use a-z, 0-9, - and ., at most 253 characters",
};

const LABEL: NameRule = { holds: isDnsLabel, text: "no DNS label; use a-z, 0-9 and -, at most 63 characters" };

const SERVICE: NameRule = {
  holds: (name) => isDnsLabel(name) && /^[a-z]/.test(name),
  text: "no name of a Service; use a-z, 0-9 and -, a letter first, at most 63 characters",
};

const CRON_JOB: NameRule = {
  holds: (name) => isDnsSubdomain(name) && name.length <= 52,
  text: "no name of a CronJob; use a-z, 0-9, - and ., at most 52 characters",
};

const PATH_SEGMENT: NameRule = { holds: isPathSegment, text: "no segment of a path; leave out / and %" };

/** @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
function nameRuleOf({ apiVersion, kind }: Manifest): NameRule {
  switch (groupOf(apiVersion)) {
    case "rbac.authorization.k8s.io":
      return PATH_SEGMENT;
    case "batch":
      return kind === "CronJob" ? CRON_JOB : SUBDOMAIN;
    case "":
      return kind === "Namespace" ? LABEL : kind === "Service" ? SERVICE : SUBDOMAIN;
    default:
      // names of these are addresses, or hold a signer's name and a colon
      return kind === "IPAddress" || kind === "ClusterTrustBundle" ? PATH_SEGMENT : SUBDOMAIN;
  }
}

function checkName(manifest: Manifest): readonly string[] {
  const { name } = manifest.metadata;
  const rule = nameRuleOf(manifest);
  return typeof name === "string" && rule.holds(name) ? [] : [`metadata.name: "${name}" is ${rule.text}`];
}

function checkLabels({ metadata }: Manifest, cloud: string): readonly string[] {
  const labels = asRecord(metadata.labels);
  const faults: string[] = [];
  for (const key in labels) {
    const [wrongKey, wrongValue] = [labelKeyFault(key), labelValueFault(labels[key])];
    if (wrongKey !== undefined) faults.push(`metadata.labels: ${wrongKey}`);
    if (wrongValue !== undefined) faults.push(`metadata.labels.${key}: ${wrongValue}`);
    if (key.startsWith("rbac.authorization.k8s.io/aggregate-to-")) {
      faults.push(`metadata.labels.${key}: adds rights to a role of every cloud; bind a role of your own`);
    }
  }
  if (labels[MANAGED_BY_LABEL] !== MANAGED_BY) faults.push(ourLabel(MANAGED_BY_LABEL, MANAGED_BY));
  if (labels[CLOUD_LABEL] !== cloud) faults.push(ourLabel(CLOUD_LABEL, cloud));
  return faults;
}

const ourLabel = (key: string, value: string): string =>
  `metadata.labels: ${key} must be "${value}", by which we know our objects; do not set it`;

/** Labels and annotations that mean something to us, or to the API server alone. */
function checkOurs(manifest: Manifest, { adopt }: CloudDefinition): readonly string[] {
  const { name, labels, annotations } = manifest.metadata;
  const faults: string[] = [];
  for (const key in asRecord(labels)) {
    if (key.startsWith(OURS) && key !== CLOUD_LABEL) faults.push(`metadata.labels: "${key}" is ours; leave it out`);
  }
  for (const key in asRecord(annotations)) {
    if (!key.startsWith(OURS) || (key === ADOPT_ANNOTATION && adopt && isNamespace(manifest))) continue;
    const remedy = key === ADOPT_ANNOTATION ? "set adopt: true on the cloud" : "leave it out";
    faults.push(`metadata.annotations: "${key}" is ours; ${remedy}`);
  }
  if (isNamespace(manifest) && (labels?.[NAME_LABEL] ?? name) !== name) {
    faults.push(`metadata.labels: "${NAME_LABEL}" is set by the API server to the name; leave it out`);
  }
  return faults;
}

function checkAnnotations({ metadata }: Manifest): readonly string[] {
  if (metadata.annotations === undefined) return [];
  const annotations = asRecord(metadata.annotations);
  const faults: string[] = [];
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations)) {
    bytes += Buffer.byteLength(key) + Buffer.byteLength(String(value));
    if (!isQualifiedName(key)) faults.push(`metadata.annotations: "${key}" is no key; write it as name or domain/name`);
    if (typeof value !== "string") faults.push(`metadata.annotations.${key}: is no text; put it in quotes`);
  }
  if (bytes > MAX_ANNOTATION_BYTES)
    faults.push(`metadata.annotations: are larger than ${MAX_ANNOTATION_BYTES} bytes together; shorten them`);
  return faults;
}
