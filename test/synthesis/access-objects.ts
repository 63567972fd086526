import { NAMESPACE, neighbours, of } from "./neighbours.ts";

const [role, clusterRole] = [
  of("Role", "rbac.authorization.k8s.io/v1"),
  of("ClusterRole", "rbac.authorization.k8s.io/v1"),
];
const binding = of("RoleBinding", "rbac.authorization.k8s.io/v1");

const rule = (fields: object) => ({ rules: [{ verbs: ["get"], ...fields }] });
const pods = { apiGroups: [""], resources: ["pods"] };
const urls = { nonResourceURLs: ["/metrics"] };
const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" };
const subject = (fields: unknown) => ({ roleRef, subjects: [fields] });
const account = (fields: object) => subject({ kind: "ServiceAccount", name: "a.b", namespace: NAMESPACE, ...fields });
const aggregated = (...clusterRoleSelectors: readonly object[]) => ({ aggregationRule: { clusterRoleSelectors } });

export const ACCESS = [
  neighbours(
    "rules",
    role,
    [rule(pods), rule({ ...pods, resourceNames: [] }), { rules: [] }, {}],
    [
      ...[rule({}), rule({ ...pods, verbs: [] }), rule({ resources: ["pods"] }), rule({ apiGroups: [""] }), rule(urls)],
      ...[rule({ ...pods, verbs: "get" }), rule({ ...pods, verbs: [1] }), rule({ ...pods, names: ["a"] })],
      ...[{ rules: {} }, { rules: ["get"] }, { spec: {} }, aggregated({})],
    ],
  ),
  neighbours(
    "rules of no namespace",
    clusterRole,
    [rule(urls), rule({ ...urls, resources: [] })],
    [rule({ ...urls, ...pods }), rule({ ...urls, apiGroups: [""] }), rule({ ...urls, resourceNames: ["a"] })],
  ),
  neighbours(
    "aggregation",
    clusterRole,
    [aggregated({}), aggregated({ matchLabels: { a: "b" } })],
    [
      ...[
        aggregated(),
        { aggregationRule: {} },
        aggregated({ matchLabels: { "a b": "" } }),
        aggregated({ labels: {} }),
      ],
      aggregated({ matchExpressions: [{ key: "a", operator: "In" }] }),
    ],
  ),
  neighbours(
    "bindings",
    binding,
    [
      { roleRef },
      { roleRef: { ...roleRef, apiGroup: undefined } },
      account({}),
      subject({ kind: "User", name: "ana" }),
    ],
    [
      ...["a/b", "..", "a%b", "", 1].map((name) => ({ roleRef: { ...roleRef, name } })),
      ...[{ roleRef: { ...roleRef, kind: "role" } }, { roleRef: { ...roleRef, namespace: "x" } }, {}],
      ...[account({ name: "A" }), account({ name: "a/b" }), account({ apiGroup: "v1" }), account({ kind: "Account" })],
      ...[subject({ kind: "User" }), subject("ana"), subject({ kind: "User", name: "ana", uid: "1" })],
      { roleRef, subjects: { kind: "User", name: "ana" } },
    ],
  ),
];
