import { USERS_NAMESPACE } from "../model/labels.ts";
import type { Manifest } from "../model/manifest.ts";
import {
  accessManifests,
  groupSubject,
  type Permission,
  type Subject,
  serviceAccountSubject,
  userSubject,
} from "./access.ts";
import type { CloudDefinition, CloudNamespace, CloudUser } from "./cloud-definition.ts";
import type { Cluster } from "./cluster.ts";
import { suffixed, suffixesOf } from "./construct-ids.ts";
import { objectMeta } from "./object-meta.ts";
import type { Item } from "./rendered-object.ts";
import { oidcUsername, userServiceAccount } from "./user-names.ts";

/** The group of a user's key (`lc:k:…`); undefined while the user has no certificate request. */
export type KeyGroupOf = (user: string) => string | undefined;

/**
 * Who may do what in a cloud on a cluster: ServiceAccounts, of its programs and of its users where that is how the
 * cluster knows them, roles and bindings.
 */
export function renderMembers(
  cloud: CloudDefinition,
  cluster: Cluster,
  namespaces: readonly CloudNamespace[],
  keyGroupOf: KeyGroupOf,
): readonly Item[] {
  return [
    ...accountItems(cloud, cluster, namespaces),
    ...accessItems(cloud, subjectsOf(cloud, cluster, namespaces, keyGroupOf), suffixesOf(namespaces)),
  ];
}

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
      const { role, binding } = accessManifests(cloud.name, name, permission, undefined, subjects);
      return items(role, `cluster-role:${name}`, binding, `cluster-role-binding:${name}`, "");
    }
    return reachOf(permission, suffixes).flatMap((namespace) => {
      const { role, binding } = accessManifests(cloud.name, name, permission, namespace, subjects);
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
