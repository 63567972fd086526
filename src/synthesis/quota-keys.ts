import { isDnsSubdomain, isQualifiedName } from "../model/names.ts";

const POD_COMPUTE: ReadonlySet<string> = new Set([
  "cpu",
  "memory",
  "requests.cpu",
  "requests.memory",
  "limits.cpu",
  "limits.memory",
]);

const OTHER_COMPUTE: ReadonlySet<string> = new Set([
  "ephemeral-storage",
  "requests.ephemeral-storage",
  "limits.ephemeral-storage",
  "requests.storage",
]);

const COUNTS: ReadonlySet<string> = new Set([
  "configmaps",
  "persistentvolumeclaims",
  "pods",
  "replicationcontrollers",
  "resourcequotas",
  "secrets",
  "services",
  "services.loadbalancers",
  "services.nodeports",
]);

/** Namespaced resources of Kubernetes' own groups, so that `count/deployments` and `count/deployment.apps` are found. */
const RESOURCES: ReadonlyMap<string, readonly string[]> = new Map([
  [
    "",
    [
      ...["configmaps", "endpoints", "events", "limitranges", "persistentvolumeclaims", "pods", "podtemplates"],
      ...["replicationcontrollers", "resourcequotas", "secrets", "serviceaccounts", "services"],
    ],
  ],
  ["apps", ["controllerrevisions", "daemonsets", "deployments", "replicasets", "statefulsets"]],
  ["autoscaling", ["horizontalpodautoscalers"]],
  ["batch", ["cronjobs", "jobs"]],
  ["coordination.k8s.io", ["leases"]],
  ["discovery.k8s.io", ["endpointslices"]],
  ["events.k8s.io", ["events"]],
  ["networking.k8s.io", ["ingresses", "networkpolicies"]],
  ["policy", ["poddisruptionbudgets"]],
  ["rbac.authorization.k8s.io", ["rolebindings", "roles"]],
  ["resource.k8s.io", ["resourceclaims", "resourceclaimtemplates"]],
  ["storage.k8s.io", ["csistoragecapacities"]],
]);

/** `<class>.storageclass.storage.k8s.io/requests.storage` and its like: the class, and what of it. */
const CLASSES: readonly { readonly ending: string; readonly of: readonly string[] }[] = [
  { ending: ".storageclass.storage.k8s.io", of: ["requests.storage", "persistentvolumeclaims"] },
  { ending: ".volumeattributesclass.storage.k8s.io", of: ["requests.storage", "persistentvolumeclaims"] },
  { ending: ".deviceclass.resource.k8s.io", of: ["devices"] },
];

/**
 * Whether Kubernetes would count anything under a key of a ResourceQuota. The API server itself takes many that it
 * never counts.
 *
 * @returns What is wrong and what to do; undefined for a right key.
 * @see https://kubernetes.io/docs/concepts/policy/resource-quotas/
 */
export function quotaKeyFault(key: string): string | undefined {
  if (!isQualifiedName(key)) return "is no key; write it as <name> or <domain>/<name>, each at most 63 characters";
  if (POD_COMPUTE.has(key) || OTHER_COMPUTE.has(key) || COUNTS.has(key)) return undefined;
  if (/^(requests\.)?hugepages-\d+(Ki|Mi|Gi)$/.test(key)) return undefined;
  if (key.startsWith("count/")) return countFault(key.slice("count/".length));
  const [domain = "", name = "", ...rest] = key.split("/");
  if (name === "" || rest.length > 0)
    return "is no resource that a quota counts; see the keys of Kubernetes' ResourceQuota";
  const known = CLASSES.find(({ ending }) => domain.endsWith(ending));
  if (known !== undefined) {
    const isRight = known.of.includes(name) && isDnsSubdomain(domain.slice(0, -known.ending.length));
    return isRight ? undefined : `is no key of a class; write it as <class>${known.ending}/${known.of.join(" or ")}`;
  }
  return isExtended(key) ? undefined : "is no extended resource of a quota; write it as requests.<domain>/<name>";
}

function countFault(counted: string): string | undefined {
  const dot = counted.indexOf(".");
  const resource = dot < 0 ? counted : counted.slice(0, dot);
  const group = dot < 0 ? "" : counted.slice(dot + 1);
  if (dot >= 0 && group === "") return `names no group after its dot; write count/${resource}`;
  const known = RESOURCES.get(group);
  if (known?.includes(resource)) return undefined;
  if (known === undefined && /^[a-z][a-z0-9-]*$/.test(resource) && isDnsSubdomain(group)) return undefined;
  const groups = [...RESOURCES].flatMap(([name, resources]) =>
    name !== "" && resources.includes(resource) ? [name] : [],
  );
  const remedy = groups.length > 0 ? `write count/${resource}.${groups[0]}` : "write it as count/<plural>.<group>";
  return `counts nothing, since there is no such resource${group === "" ? " in the core group" : ` in ${group}`}; ${remedy}`;
}

/** Whether the API server wants a whole number: of pieces, and of what it does not know to be a measure. */
export const isWhole = (key: string): boolean =>
  COUNTS.has(key) || (key.includes("/") && !key.startsWith("requests.") && !key.includes("kubernetes.io/"));

/** Whether it is a resource of Kubernetes' own: `storage`, and what a quota may count without a domain. */
export const isStandardResource = (name: string): boolean =>
  name === "storage" ||
  POD_COMPUTE.has(name) ||
  OTHER_COMPUTE.has(name) ||
  COUNTS.has(name) ||
  /^(requests\.)?hugepages-/.test(name);

/** Whether a quota of that key refuses pods that name no value for it. */
export const forcesValue = (key: string): boolean => POD_COMPUTE.has(key);

/** Whether a quota with that scope counts anything under a right key; the API server takes some that it never counts. */
export function fitsScope(scope: string, key: string): boolean {
  if (scope === "VolumeAttributesClass") {
    return (
      ["persistentvolumeclaims", "count/persistentvolumeclaims", "requests.storage"].includes(key) || isVolumes(key)
    );
  }
  const isOfPods = key === "pods" || key === "count/pods" || isExtended(key);
  return isOfPods || (scope !== "BestEffort" && POD_COMPUTE.has(key));
}

const isVolumes = (key: string): boolean => /\.(storageclass|volumeattributesclass)\.storage\.k8s\.io\//.test(key);

/** `requests.<domain>/<name>` */
const isExtended = (key: string): boolean =>
  key.startsWith("requests.") && key.includes("/") && isQualifiedName(key.slice("requests.".length)) && !isVolumes(key);
