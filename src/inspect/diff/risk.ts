import type { Risk } from "../../model/diff.ts";
import type { Right } from "./rights.ts";

/** ClusterRoles of Kubernetes, by what whoever has one can reach. */
const CLUSTER_ROLES: Readonly<Record<string, Risk>> = {
  "cluster-admin": "critical",
  admin: "high",
  edit: "high",
  view: "low",
};

const CRITICAL_VERBS: ReadonlySet<string> = new Set(["escalate", "bind", "impersonate", "approve", "sign"]);

/** With these, whoever may write them becomes somebody else, or opens what was closed. */
const CRITICAL_WRITES: ReadonlySet<string> = new Set([
  "serviceaccounts/token",
  "certificatesigningrequests/approval.certificates.k8s.io",
  "clusterrolebindings.rbac.authorization.k8s.io",
  "rolebindings.rbac.authorization.k8s.io",
  "clusterroles.rbac.authorization.k8s.io",
  "roles.rbac.authorization.k8s.io",
]);

const HIGH_WRITES: ReadonlySet<string> = new Set([
  "pods",
  "pods/exec",
  "pods/attach",
  "pods/ephemeralcontainers",
  "deployments.apps",
  "daemonsets.apps",
  "statefulsets.apps",
  "jobs.batch",
  "cronjobs.batch",
  "nodes/proxy",
  "namespaces",
  "resourcequotas",
  "limitranges",
  "networkpolicies.networking.k8s.io",
  "mutatingwebhookconfigurations.admissionregistration.k8s.io",
  "validatingwebhookconfigurations.admissionregistration.k8s.io",
]);

const READS: ReadonlySet<string> = new Set(["get", "list", "watch"]);

/**
 * How much harm a right can do.
 *
 * @see https://github.com/PaloAltoNetworks/rbac-police/blob/main/docs/policies.md the ranking that this follows
 */
export function riskOf({ verb, what, scope }: Right): Risk {
  if (verb === undefined) return CLUSTER_ROLES[what] ?? "high";
  const resource = what.split(" ", 1).join();
  if (verb === "*" || CRITICAL_VERBS.has(verb)) return "critical";
  const isAnything = resource === "*" || resource.startsWith("*.");
  if (READS.has(verb)) {
    const isSecret = resource === "secrets" || isAnything;
    if (!isSecret) return "low";
    return scope === "*" ? "critical" : "high";
  }
  if (isAnything || CRITICAL_WRITES.has(resource)) return "critical";
  return HIGH_WRITES.has(resource) || resource === "secrets" ? "high" : "low";
}

const RANK: Readonly<Record<Risk, number>> = { critical: 0, high: 1, low: 2 };

/** The higher of several risks comes first. */
export const byRisk = (a: Risk, b: Risk): number => RANK[a] - RANK[b];
