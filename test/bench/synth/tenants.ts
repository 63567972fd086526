import type { ClusterProps, LogicalCloudProps } from "../../../src/index.ts";

/** What every variant renders: so many tenants, each with eight objects, on each of ten clusters. */
export const CLUSTERS: readonly string[] = Array.from({ length: 10 }, (_, index) => `cluster-${index}`);

export const cloudNames = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `tenant-${index}`);

/** Every second cluster has no NodeLocal DNSCache: seven objects of a tenant are the same everywhere, one is not. */
const hasNodeLocalDns = (cluster: string): boolean => CLUSTERS.indexOf(cluster) % 2 === 0;

export const clusterProps = (cluster: string): ClusterProps => ({
  kubernetes: "1.33",
  labels: { env: "prod" },
  identity: "oidc",
  oidc: { username: "{user}", exec: { command: "kubelogin" } },
  dns: { nodeLocalAddress: hasNodeLocalDns(cluster) ? "169.254.20.10" : "none" },
});

/** A tenant as a user of the product writes it. */
export const cloudProps = (cloud: string): LogicalCloudProps => ({
  permissions: {
    dev: { rules: [{ apiGroups: ["", "apps"], resources: ["deployments", "pods"], verbs: ["create", "get", "list"] }] },
    view: { clusterRole: "view" },
  },
  groups: { [`${cloud}-dev`]: ["dev"], [`${cloud}-all`]: ["view"] },
  serviceAccounts: { ci: ["dev"] },
  quota: { "limits.memory": "8Gi", "requests.cpu": 4, pods: 50 },
});

const RBAC = "rbac.authorization.k8s.io";

/** The same tenant as the objects that come out of it. */
export function cloudObjects(cloud: string, cluster: string): readonly object[] {
  const labels = { "app.kubernetes.io/managed-by": "lcloud", "logical-clouds.io/cloud": cloud };
  const meta = (name: string) => ({ name, namespace: cloud, labels });
  const rbac = (kind: string, name: string, fields: object) => ({
    apiVersion: `${RBAC}/v1`,
    kind,
    metadata: meta(name),
    ...fields,
  });
  const group = (name: string) => ({ apiGroup: RBAC, kind: "Group", name });
  const namespaces = (name: string) => ({
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
  });
  const dns = { ...namespaces("kube-system"), podSelector: { matchLabels: { "k8s-app": "kube-dns" } } };
  const nodeLocal = hasNodeLocalDns(cluster) ? [{ ipBlock: { cidr: "169.254.20.10/32" } }] : [];
  const ports = ["UDP", "TCP"].map((protocol) => ({ port: 53, protocol }));
  const limits = [
    { type: "Container", default: { memory: "512Mi" }, defaultRequest: { cpu: "100m", memory: "128Mi" } },
  ];
  const rules = [{ apiGroups: ["", "apps"], resources: ["deployments", "pods"], verbs: ["create", "get", "list"] }];
  const enforced = { ...labels, "pod-security.kubernetes.io/enforce": "baseline" };
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: cloud, labels: enforced } },
    {
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata: meta("lc-quota"),
      spec: { hard: { "limits.memory": "8Gi", "requests.cpu": "4", pods: "50" } },
    },
    { apiVersion: "v1", kind: "LimitRange", metadata: meta("lc-limits"), spec: { limits } },
    {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: meta("lc-isolated"),
      spec: {
        podSelector: {},
        policyTypes: ["Ingress", "Egress"],
        ingress: [{ from: [namespaces(cloud)] }],
        egress: [{ to: [namespaces(cloud)] }, { to: [dns, ...nodeLocal], ports }],
      },
    },
    { apiVersion: "v1", kind: "ServiceAccount", metadata: meta("ci") },
    rbac("Role", `lc:${cloud}:dev`, { rules }),
    rbac("RoleBinding", `lc:${cloud}:dev`, {
      roleRef: { apiGroup: RBAC, kind: "Role", name: `lc:${cloud}:dev` },
      subjects: [group(`${cloud}-dev`), { kind: "ServiceAccount", name: "ci", namespace: cloud }],
    }),
    rbac("RoleBinding", `lc:${cloud}:view:view`, {
      roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: "view" },
      subjects: [group(`${cloud}-all`)],
    }),
  ];
}
