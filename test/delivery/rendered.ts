import { CLOUD_LABEL, MANAGED_BY, MANAGED_BY_LABEL, SYSTEM_NAMESPACE } from "../../src/model/labels.ts";
import type { Manifest, ObjectMeta } from "../../src/model/manifest.ts";
import type { RenderedCluster, RenderedUnit } from "../../src/rendered/rendered-cluster.ts";

/** What dist/ would hold of a cluster with these clouds, each given by its objects. */
export function rendered(
  clouds: Readonly<Record<string, readonly Manifest[]>>,
  { name = "east", shared = [] }: { name?: string; shared?: readonly Manifest[] } = {},
): RenderedCluster {
  const units: RenderedUnit[] = Object.entries(clouds).map(([cloud, manifests]) => ({
    name: `lc-cloud-${cloud}`,
    cloud,
    manifests,
  }));
  return {
    file: {
      version: 1,
      name,
      kubernetes: "1.33",
      labels: {},
      access: { context: name },
      endpoint: {},
      identity: { kind: "x509", requesters: [] },
      delivery: { kind: "direct" },
    },
    units: [{ name: "lc-cluster", manifests: [home, ...shared] }, ...units],
    clouds: Object.keys(clouds).map((cloud) => ({ name: cloud, requests: [], grants: [] })),
  };
}

/** Labels of what clouds share. */
const managed = { [MANAGED_BY_LABEL]: MANAGED_BY };

export const home: Manifest = {
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: SYSTEM_NAMESPACE, labels: managed },
};

export const sharedRole = (name: string): Manifest => ({
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRole",
  metadata: { name, labels: managed },
  rules: [{ apiGroups: [""], resources: ["nodes"], verbs: ["get"] }],
});

/**
 * A namespace, a permission set of its own and one by an existing role, a quota and default limits.
 *
 * @param pods - What the quota allows.
 */
export function cloudObjects(cloud: string, { pods = "5", namespace = cloud } = {}): readonly Manifest[] {
  return [
    namespaceOf(cloud, namespace),
    account(cloud, "robot", namespace),
    devRole(cloud, namespace),
    binding(cloud, `lc:${cloud}:dev`, namespace, { kind: "Role", name: `lc:${cloud}:dev` }),
    binding(cloud, `lc:${cloud}:look:view`, namespace, { kind: "ClusterRole", name: "view" }),
    quota(cloud, pods, namespace),
    limits(cloud, namespace),
    isolation(cloud, namespace),
  ];
}

export function meta(cloud: string, name: string, namespace?: string): ObjectMeta {
  const labels = { ...managed, [CLOUD_LABEL]: cloud };
  return namespace === undefined ? { name, labels } : { name, namespace, labels };
}

export const namespaceOf = (cloud: string, name = cloud): Manifest => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: meta(cloud, name),
});

export const quota = (cloud: string, pods: string, namespace = cloud): Manifest => ({
  apiVersion: "v1",
  kind: "ResourceQuota",
  metadata: meta(cloud, "lc-quota", namespace),
  spec: { hard: { pods } },
});

const limits = (cloud: string, namespace: string): Manifest => ({
  apiVersion: "v1",
  kind: "LimitRange",
  metadata: meta(cloud, "lc-limits", namespace),
  spec: { limits: [{ type: "Container", default: { cpu: "500m" }, defaultRequest: { cpu: "0.1" } }] },
});

export const configMap = (cloud: string, name: string, namespace = cloud): Manifest => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: meta(cloud, name, namespace),
  data: { greeting: "hello" },
});

const account = (cloud: string, name: string, namespace: string): Manifest => ({
  apiVersion: "v1",
  kind: "ServiceAccount",
  metadata: meta(cloud, name, namespace),
});

export const devRole = (cloud: string, namespace = cloud, verbs: readonly string[] = ["get", "list"]): Manifest => ({
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "Role",
  metadata: meta(cloud, `lc:${cloud}:dev`, namespace),
  rules: [{ apiGroups: ["apps"], resources: ["deployments"], verbs }],
});

/** A binding in a namespace, or a ClusterRoleBinding where that is undefined. */
export const binding = (
  cloud: string,
  name: string,
  namespace: string | undefined,
  role: { readonly kind: string; readonly name: string },
  subjects: readonly Subject[] = [group(`lc:k:${cloud}`)],
): Manifest => ({
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: namespace === undefined ? "ClusterRoleBinding" : "RoleBinding",
  metadata: meta(cloud, name, namespace),
  roleRef: { apiGroup: "rbac.authorization.k8s.io", ...role },
  subjects,
});

export type Subject = { readonly [field: string]: string };

export const group = (name: string): Subject => ({ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name });

export const isolation = (cloud: string, namespace = cloud): Manifest => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: meta(cloud, "lc-isolated", namespace),
  spec: { podSelector: {}, policyTypes: ["Ingress"] },
});

/** An object as somebody makes it who knows no labels of ours. */
export function bare({ metadata: { name, namespace }, ...manifest }: Manifest): Manifest {
  return { ...manifest, metadata: namespace === undefined ? { name } : { name, namespace } } as Manifest;
}

/** The same cluster without one object of one cloud. */
export function without(cluster: RenderedCluster, cloud: string, kind: string, name: string): RenderedCluster {
  const units = cluster.units.map((unit) =>
    unit.cloud === cloud
      ? { ...unit, manifests: unit.manifests.filter((each) => each.kind !== kind || each.metadata.name !== name) }
      : unit,
  );
  return { ...cluster, units };
}
