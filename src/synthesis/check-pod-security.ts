import { POD_SECURITY } from "../definition/namespace-labels.ts";
import type { Manifest } from "../model/manifest.ts";
import { isNamespace } from "./check-kind.ts";
import { type CheckScope, MAKE_PRIVILEGED } from "./check-scope.ts";
import { asRecord } from "./fields.ts";

const LEVELS = ["privileged", "baseline", "restricted"];
const MODES = ["enforce", "audit", "warn"];

/**
 * Labels of a Namespace that say how much its pods may do. A pod that may do everything takes its node, and with it the
 * pods of all other tenants there: so that level is for privileged clouds, and so is none at all.
 */
export function checkPodSecurity(manifest: Manifest, { cloud, namespaces }: CheckScope): readonly string[] {
  if (!isNamespace(manifest) || cloud.admin || !namespaces.has(manifest.metadata.name)) return [];
  const labels = asRecord(manifest.metadata.labels);
  const enforced = labels[`${POD_SECURITY}enforce`] ?? "privileged";
  return [
    ...Object.keys(labels)
      .filter((key) => key.startsWith(POD_SECURITY))
      .flatMap((key) => checkLabel(key.slice(POD_SECURITY.length), labels[key])),
    ...(enforced === "privileged" && !cloud.privileged
      ? [`podSecurity: pods that may do everything take the node from all others; use baseline, or ${MAKE_PRIVILEGED}`]
      : []),
  ];
}

function checkLabel(name: string, value: unknown): readonly string[] {
  const [mode = "", ...ending] = name.split("-");
  const isKnown = MODES.includes(mode) && (ending.length === 0 || ending.join("-") === "version");
  if (!isKnown) return [`metadata.labels: "${POD_SECURITY}${name}" is not known; use podSecurity`];
  if (ending.length > 0) {
    const isVersion = typeof value === "string" && /^(latest|v1\.(0|[1-9]\d*))$/.test(value);
    return isVersion ? [] : [`metadata.labels: ${name} "${value}" is no version; use latest, or one as in v1.33`];
  }
  if (typeof value === "string" && LEVELS.includes(value)) return [];
  return [`podSecurity: ${mode} "${value}" is no level; use ${LEVELS.join(", ")}`];
}
