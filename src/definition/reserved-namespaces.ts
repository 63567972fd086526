const RESERVED = new Set(["default", "argocd", "calico-system", "flux-system", "gatekeeper-system", "openshift"]);
const RESERVED_PREFIXES = ["kube-", "lcloud-", "istio-", "openshift-"];

/** Whether a namespace is the system's, so that no tenant's cloud may be rendered into it. */
export const isReservedNamespace = (name: string): boolean =>
  RESERVED.has(name) || RESERVED_PREFIXES.some((prefix) => name.startsWith(prefix));
