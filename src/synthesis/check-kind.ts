import type { Manifest } from "../model/manifest.ts";
import { isDnsLabel, isDnsSubdomain } from "../model/names.ts";
import { groupOf } from "../model/ref.ts";

/** What API servers answer and never store. */
const NEVER_STORED: ReadonlySet<string> = new Set([
  "/Binding",
  "/ComponentStatus",
  "autoscaling/Scale",
  "policy/Eviction",
]);
const GROUPS_NEVER_STORED: ReadonlySet<string> = new Set(["authentication.k8s.io", "authorization.k8s.io"]);

/**
 * Whether an object is of a kind that can be delivered at all.
 *
 * @returns What is wrong and what to do; undefined for a right kind.
 */
export function kindFault(manifest: Manifest): string | undefined {
  const { apiVersion, kind } = manifest;
  const group = groupOf(apiVersion);
  if (!/^[A-Z][A-Za-z0-9]{0,62}$/.test(kind)) return `kind: "${kind}" is no kind; write it as in ConfigMap`;
  if (!isApiVersion(apiVersion)) return `apiVersion: "${apiVersion}" is none; write it as v1 or group/v1`;
  if (kind === "CertificateSigningRequest") {
    return "is made by post-sync and delivered by nobody; list the person under users";
  }
  // kubectl would take it apart, after the checks
  if (kind.endsWith("List") && "items" in manifest) return "is a list; add its objects one by one";
  if (NEVER_STORED.has(`${group}/${kind}`) || GROUPS_NEVER_STORED.has(group)) {
    return `kind: a ${kind} is a question to the API server, which stores none; take it out`;
  }
  return undefined;
}

export const isNamespace = ({ apiVersion, kind }: Manifest): boolean => apiVersion === "v1" && kind === "Namespace";

function isApiVersion(apiVersion: string): boolean {
  const [version = "", ...group] = apiVersion.split("/").reverse();
  return isDnsLabel(version) && group.length <= 1 && group.every(isDnsSubdomain);
}
