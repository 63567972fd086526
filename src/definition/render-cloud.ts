import { ADOPT_ANNOTATION, USERS_NAMESPACE } from "../model/labels.ts";
import type { Manifest } from "../model/manifest.ts";
import {
  clusterWideAccess,
  groupSubject,
  namespacedAccess,
  type Permission,
  type Subject,
  serviceAccountSubject,
  userSubject,
} from "./access.ts";
import type { Item } from "./cloud-chart.ts";
import { type CloudDefinition, type CloudNamespace, type CloudUser, namespacesOn } from "./cloud-definition.ts";
import type { Cluster } from "./cluster.ts";
import { defaultLimits, type LimitRangeItem, limitsManifest } from "./limits.ts";
import { isolationOf, networkPolicies } from "./network.ts";
import { objectMeta } from "./object-meta.ts";
import { type Quota, quotaManifest, quotasIn } from "./quota.ts";

/** The group of a user's key (`lc:k:…`); undefined while the user has no certificate request. */
export type KeyGroupOf = (user: string) => string | undefined;

/**
 * All that a cloud puts on a cluster, but for what users add.
 *
 * Construct ids: a word for the kind, `:` and a name where there are several, `@` and the namespace beyond the first.
 */
export function renderCloud(cloud: CloudDefinition, cluster: Cluster, keyGroupOf: KeyGroupOf): readonly Item[] {
  if (cloud.admin) return [];
  const namespaces = namespacesOn(cloud, cluster.name);
  const suffixes = new Map(namespaces.map(({ name }, index) => [name, index === 0 ? "" : `@${name}`]));
  return [
    ...namespaces.flatMap((namespace) =>
      namespaceItems(cloud, cluster, namespace, namespaces).map((item) => suffixed(item, suffixes.get(namespace.name))),
    ),
    ...accountItems(cloud, cluster, namespaces),
    ...accessItems(cloud, subjectsOf(cloud, cluster, namespaces, keyGroupOf), suffixes),
  ];
}

/** A text that clusters share exactly if a cloud renders the same on them. */
export function variantOn(cloud: CloudDefinition, { name, traits }: Cluster): string {
  const isolation = isolationOf(cloud.network);
  const namespaces = namespacesOn(cloud, name);
  return [
    cloud.users.length === 0 ? "" : traits.identity,
    isolation === undefined ? "" : traits.dns,
    isolation?.apiServer === true ? traits.apiServer : "",
    ...(namespaces === cloud.namespaces ? [] : namespaces.map((namespace) => namespace.name)),
  ].join("|");
}

/** The name that an `oidc` cluster knows a user by. */
export function oidcUsername(cloud: string, user: CloudUser, cluster: Cluster): string {
  const template = cluster.oidc?.username ?? "";
  return user.oidcUsername ?? template.replaceAll("{user}", user.name).replaceAll("{cloud}", cloud);
}

/** Name of a user's ServiceAccount; neither part holds a dot, so no two users share one. */
export const userServiceAccount = (cloud: string, user: string): string => `${cloud}.${user}`;

const suffixed = ({ id, manifest }: Item, suffix = ""): Item => ({ id: `${id}${suffix}`, manifest });

function namespaceItems(
  cloud: CloudDefinition,
  cluster: Cluster,
  namespace: CloudNamespace,
  namespaces: readonly CloudNamespace[],
): readonly Item[] {
  const { name } = namespace;
  const own = namespaces.map((each) => each.name);
  const quotas = quotasIn(cloud.quotas, name);
  const limits = limitsIn(cloud, quotas);
  const policies = networkPolicies(cloud.name, name, own, cloud.network, cluster);
  return [
    { id: "namespace", manifest: namespaceManifest(cloud, namespace) },
    ...quotas.map((quota) => ({
      id: quota.name === undefined ? "quota" : `quota:${quota.name}`,
      manifest: quotaManifest(cloud.name, name, quota),
    })),
    ...(limits === undefined ? [] : [{ id: "limits", manifest: limitsManifest(cloud.name, name, limits) }]),
    ...policies.map((manifest) => ({
      id: policies.length === 1 ? "network" : `network:${manifest.metadata.name}`,
      manifest,
    })),
  ];
}

function limitsIn({ limits }: CloudDefinition, quotas: readonly Quota[]): readonly LimitRangeItem[] | undefined {
  if (limits === "none") return undefined;
  return limits === "by quota" ? defaultLimits(quotas) : limits;
}

function namespaceManifest(cloud: CloudDefinition, { name, labels, annotations }: CloudNamespace): Manifest {
  const meta = objectMeta(cloud.name, name);
  const security = Object.entries(cloud.podSecurity).map(([mode, level]) => [
    `pod-security.kubernetes.io/${mode}`,
    level,
  ]);
  const adopt = cloud.adopt ? { [ADOPT_ANNOTATION]: "true" } : {};
  const allAnnotations = { ...annotations, ...adopt };
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: {
      name,
      labels: { ...labels, ...Object.fromEntries(security), ...meta.labels },
      ...(Object.keys(allAnnotations).length === 0 ? {} : { annotations: allAnnotations }),
    },
  };
}

/** ServiceAccounts: of the cloud's programs, and of its users where that is how a cluster knows them. */
function accountItems(
  cloud: CloudDefinition,
  cluster: Cluster,
  namespaces: readonly CloudNamespace[],
): readonly Item[] {
  const account = (name: string, namespace: string): Manifest => ({
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: objectMeta(cloud.name, name, namespace),
  });
  const users = cluster.identity === "service-account" ? cloud.users : [];
  return [
    ...serviceAccountsIn(cloud, namespaces).map(({ name, namespace }) => ({
      id: `service-account:${name}`,
      manifest: account(name, namespace),
    })),
    ...users.map(({ name }) => ({
      id: `user:${name}`,
      manifest: {
        ...account(userServiceAccount(cloud.name, name), USERS_NAMESPACE),
        automountServiceAccountToken: false,
      },
    })),
  ];
}

/** Those whose namespace is on a cluster, each with it. */
function serviceAccountsIn({ serviceAccounts }: CloudDefinition, namespaces: readonly CloudNamespace[]) {
  const names = namespaces.map(({ name }) => name);
  return serviceAccounts.flatMap(({ name, permissions, namespace = names[0] }) =>
    namespace !== undefined && names.includes(namespace) ? [{ name, permissions, namespace }] : [],
  );
}

type SubjectsOf = (permission: string) => readonly Subject[];

function subjectsOf(
  cloud: CloudDefinition,
  cluster: Cluster,
  namespaces: readonly CloudNamespace[],
  keyGroupOf: KeyGroupOf,
): SubjectsOf {
  const subjects = new Map<string, Subject[]>([...cloud.permissions.keys()].map((permission) => [permission, []]));
  const add = (permissions: readonly string[], subject: Subject | undefined): void => {
    if (subject === undefined) return;
    for (const permission of permissions) subjects.get(permission)?.push(subject);
  };
  for (const user of cloud.users) add(user.permissions, userSubjectOn(cloud.name, user, cluster, keyGroupOf));
  for (const { name, permissions } of cloud.groups) add(permissions, groupSubject(name));
  for (const { name, permissions, namespace } of serviceAccountsIn(cloud, namespaces)) {
    add(permissions, serviceAccountSubject(namespace, name));
  }
  return (permission) => subjects.get(permission) ?? [];
}

function userSubjectOn(cloud: string, user: CloudUser, cluster: Cluster, keyGroupOf: KeyGroupOf): Subject | undefined {
  switch (cluster.identity) {
    case "x509": {
      const group = keyGroupOf(user.name);
      return group === undefined ? undefined : groupSubject(group);
    }
    case "service-account":
      return serviceAccountSubject(USERS_NAMESPACE, userServiceAccount(cloud, user.name));
    case "oidc":
      return userSubject(oidcUsername(cloud, user, cluster));
  }
}

function accessItems(
  cloud: CloudDefinition,
  subjectsOf: SubjectsOf,
  suffixes: ReadonlyMap<string, string>,
): readonly Item[] {
  return [...cloud.permissions].flatMap(([name, permission]) => {
    const subjects = subjectsOf(name);
    if (permission.clusterWide === true) {
      const { role, binding } = clusterWideAccess(cloud.name, name, permission, subjects);
      return items(role, `cluster-role:${name}`, binding, `cluster-role-binding:${name}`, "");
    }
    return reachOf(permission, suffixes).flatMap((namespace) => {
      const { role, binding } = namespacedAccess(cloud.name, name, permission, namespace, subjects);
      return items(role, `role:${name}`, binding, `role-binding:${name}`, suffixes.get(namespace) ?? `@${namespace}`);
    });
  });
}

const items = (role: Manifest | undefined, roleId: string, binding: Manifest, bindingId: string, suffix: string) => [
  ...(role === undefined ? [] : [suffixed({ id: roleId, manifest: role }, suffix)]),
  suffixed({ id: bindingId, manifest: binding }, suffix),
];

/** The namespaces of a permission set that are on this cluster, and those that are not the cloud's. */
function reachOf(permission: Permission, own: ReadonlyMap<string, string>): readonly string[] {
  const { namespaces = [...own.keys()], foreignNamespaces = [] } = permission;
  return [...new Set([...namespaces.filter((name) => own.has(name)), ...foreignNamespaces])];
}
