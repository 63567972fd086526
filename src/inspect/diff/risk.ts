import type { Risk } from "../../model/diff.ts";
import type { Right } from "./rights.ts";

/** ClusterRoles of Kubernetes, by what whoever has one can reach. */
const CLUSTER_ROLES: Readonly<Record<string, Risk>> = {
  "ClusterRole cluster-admin": "critical",
  "ClusterRole admin": "high",
  "ClusterRole edit": "high",
  "ClusterRole view": "low",
};

/** Who is everybody, or every workload. */
const EVERYBODY = /^(?:Group system:(?:authenticated|unauthenticated|serviceaccounts(?::.*)?)|User system:anonymous)$/;

const CRITICAL_VERBS: ReadonlySet<string> = new Set(["escalate", "bind", "impersonate", "approve", "sign"]);

interface ResourcePattern {
  readonly group: string;
  readonly resource: string;
}

/** @param names - As in `pods` and `deployments.apps`. */
const resources = (...names: readonly string[]): readonly ResourcePattern[] =>
  names.map((name) => {
    const [resource = "", ...group] = name.split(".");
    return { group: group.join("."), resource };
  });

/** With these, whoever may write them becomes somebody else, or opens what was closed. */
const CRITICAL_WRITES = resources(
  "serviceaccounts/token",
  "certificatesigningrequests/approval.certificates.k8s.io",
  "clusterrolebindings.rbac.authorization.k8s.io",
  "rolebindings.rbac.authorization.k8s.io",
  "clusterroles.rbac.authorization.k8s.io",
  "roles.rbac.authorization.k8s.io",
);

/** On the whole cluster; aws-auth, which maps people to groups, is one of these. */
const CRITICAL_CLUSTER_WRITES = resources("configmaps");

/** With these one runs what one likes, or takes a limit away. */
const HIGH_WRITES = resources(
  ...["pods", "pods/ephemeralcontainers", "pods/eviction", "replicationcontrollers", "secrets"],
  ...["deployments.apps", "daemonsets.apps", "statefulsets.apps", "replicasets.apps", "jobs.batch", "cronjobs.batch"],
  ...["namespaces", "resourcequotas", "limitranges", "networkpolicies.networking.k8s.io"],
  ...["nodes", "nodes/status", "persistentvolumes", "apiservices.apiregistration.k8s.io"],
  ...["customresourcedefinitions.apiextensions.k8s.io"],
  "mutatingwebhookconfigurations.admissionregistration.k8s.io",
  "validatingwebhookconfigurations.admissionregistration.k8s.io",
  "validatingadmissionpolicies.admissionregistration.k8s.io",
  "validatingadmissionpolicybindings.admissionregistration.k8s.io",
);

/** To get one of these is to speak through it: a websocket begins with a GET. */
const CONNECTIONS = resources(
  ...["pods/exec", "pods/attach", "pods/portforward", "pods/proxy", "services/proxy", "nodes/proxy"],
);

const SECRETS = resources("secrets");

const READS: ReadonlySet<string> = new Set(["get", "list", "watch"]);

/**
 * How much harm a right can do.
 *
 * @see https://github.com/PaloAltoNetworks/rbac-police/blob/main/docs/policies.md the ranking that this follows
 */
export function riskOf({ verb, on, scope, subject }: Right): Risk {
  if (EVERYBODY.test(subject)) return "critical";
  if (on.kind === "role" || verb === undefined) return on.kind === "role" ? (CLUSTER_ROLES[on.role] ?? "high") : "high";
  if (verb === "*" || CRITICAL_VERBS.has(verb)) return "critical";
  if (on.kind === "url") return READS.has(verb) ? "low" : "high";
  const has = (patterns: readonly ResourcePattern[]): boolean => patterns.some((pattern) => isIn(on, pattern));
  if (READS.has(verb)) {
    if (has(SECRETS)) return scope === "*" ? "critical" : "high";
    return has(CONNECTIONS) ? "high" : "low";
  }
  if (has(CRITICAL_WRITES) || (scope === "*" && has(CRITICAL_CLUSTER_WRITES))) return "critical";
  return has(HIGH_WRITES) || has(CONNECTIONS) ? "high" : "low";
}

/** Whether a rule for resources, which may be a wildcard, holds for a resource. */
function isIn(rule: ResourcePattern, { group, resource }: ResourcePattern): boolean {
  if (rule.group !== "*" && rule.group !== group) return false;
  if (rule.resource === "*" || rule.resource === resource) return true;
  return rule.resource.startsWith("*/") && resource.endsWith(rule.resource.slice(1));
}

const RANK: Readonly<Record<Risk, number>> = { critical: 0, high: 1, low: 2 };

/** The higher of several risks comes first. */
export const byRisk = (a: Risk, b: Risk): number => RANK[a] - RANK[b];
