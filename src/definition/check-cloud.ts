import { isDnsLabel, isDnsSubdomain } from "../model/names.ts";
import { commonNameOf, MAX_COMMON_NAME } from "../x509/identity.ts";
import type { Permission } from "./access.ts";
import { type CloudDefinition, type CloudMember, namespacesOn } from "./cloud-definition.ts";
import { isReservedNamespace } from "./reserved-namespaces.ts";

/**
 * Mistakes in a cloud's props that its manifests would no longer show. All others are found on the final manifests.
 *
 * @returns One message for each: the prop, what is wrong, what to do.
 */
export function checkCloud(cloud: CloudDefinition): readonly string[] {
  return [
    ...checkName(cloud),
    ...(cloud.admin ? checkAdmin(cloud) : []),
    ...checkNamespaces(cloud),
    ...[...cloud.permissions].flatMap(([name, permission]) => checkPermission(cloud, name, permission)),
    ...checkMembers(cloud),
    ...checkServiceAccounts(cloud),
    ...checkQuotas(cloud),
    ...checkNetwork(cloud),
  ];
}

function checkName({ name }: CloudDefinition): readonly string[] {
  return isDnsLabel(name) ? [] : [`name "${name}" is no DNS label; use a-z, 0-9 and -, at most 63 characters`];
}

function checkAdmin(cloud: CloudDefinition): readonly string[] {
  const given = {
    users: cloud.users.length,
    groups: cloud.groups.length,
    serviceAccounts: cloud.serviceAccounts.length,
    permissions: cloud.permissions.size,
    quota: cloud.quotas.length,
  };
  return Object.entries(given)
    .filter(([, count]) => count > 0)
    .map(([prop]) => `${prop}: an admin cloud only refers to namespaces that exist; leave ${prop} out or admin: true`);
}

function checkNamespaces(cloud: CloudDefinition): readonly string[] {
  const onClusters = new Set(cloud.clusters.map(({ name }) => name));
  const faults: string[] = [];
  const seen = new Set<string>();
  for (const { name, clusters } of cloud.namespaces) {
    if (!isDnsLabel(name))
      faults.push(`namespaces: "${name}" is no DNS label; use a-z, 0-9 and -, at most 63 characters`);
    if (!cloud.admin && isReservedNamespace(name)) {
      faults.push(`namespaces: "${name}" belongs to the system; choose another name`);
    }
    if (seen.has(name)) faults.push(`namespaces: "${name}" is named twice; name it once`);
    seen.add(name);
    for (const cluster of clusters ?? []) {
      if (!onClusters.has(cluster)) {
        faults.push(
          `namespaces: "${name}" is wanted on "${cluster}", where the cloud is not; add the cluster to the cloud`,
        );
      }
    }
  }
  for (const { name } of cloud.clusters) {
    if (namespacesOn(cloud, name).length === 0) {
      faults.push(`namespaces: none is on cluster "${name}"; give it one or take the cluster out`);
    }
  }
  return faults;
}

function checkPermission(cloud: CloudDefinition, name: string, permission: Permission): readonly string[] {
  const at = `permissions.${name}`;
  const { rules, clusterRole, namespaces, foreignNamespaces = [], clusterWide = false } = permission;
  const own = new Set(cloud.namespaces.map((each) => each.name));
  const faults: string[] = [];
  if (!isDnsLabel(name)) faults.push(`${at}: the name is no DNS label; use a-z, 0-9 and -, at most 63 characters`);
  if ((rules === undefined) === (clusterRole === undefined)) faults.push(`${at}: give either rules or clusterRole`);
  if (rules?.length === 0) faults.push(`${at}.rules: allows nothing; add a rule or take the set out`);
  for (const namespace of namespaces ?? []) {
    if (!own.has(namespace)) faults.push(`${at}.namespaces: "${namespace}" is not the cloud's; use foreignNamespaces`);
  }
  for (const namespace of foreignNamespaces) {
    if (own.has(namespace)) faults.push(`${at}.foreignNamespaces: "${namespace}" is the cloud's own; use namespaces`);
  }
  if (clusterWide && (namespaces !== undefined || foreignNamespaces.length > 0)) {
    faults.push(`${at}: clusterWide reaches every namespace; leave namespaces and foreignNamespaces out`);
  }
  if (!cloud.privileged && (clusterWide || foreignNamespaces.length > 0)) {
    faults.push(`${at}: reaches beyond the cloud's namespaces; set privileged: true on the cloud if that is meant`);
  }
  if (!isUsed(cloud, name)) faults.push(`${at}: nobody has this permission set; give it to somebody or take it out`);
  return faults;
}

const membersOf = (cloud: CloudDefinition): readonly (CloudMember & { readonly at: string })[] => [
  ...cloud.users.map((user) => ({ ...user, at: `users.${user.name}` })),
  ...cloud.groups.map((group) => ({ ...group, at: `groups.${group.name}` })),
  ...cloud.serviceAccounts.map((account) => ({ ...account, at: `serviceAccounts.${account.name}` })),
];

const isUsed = (cloud: CloudDefinition, permission: string): boolean =>
  [...cloud.users, ...cloud.groups, ...cloud.serviceAccounts].some(({ permissions }) =>
    permissions.includes(permission),
  );

function checkMembers(cloud: CloudDefinition): readonly string[] {
  const known = [...cloud.permissions.keys()];
  const faults = membersOf(cloud).flatMap(({ at, permissions }) => {
    const unknown = permissions.filter((permission) => !cloud.permissions.has(permission));
    const there = known.length === 0 ? "the cloud has none" : `known are ${known.join(", ")}`;
    return [
      ...unknown.map((permission) => `${at}: there is no permission set "${permission}"; ${there}`),
      ...(permissions.length === 0 ? [`${at}: has no permission set; name at least one`] : []),
    ];
  });
  return [...faults, ...checkUsers(cloud), ...checkGroups(cloud)];
}

function checkUsers(cloud: CloudDefinition): readonly string[] {
  const usesX509 = cloud.clusters.some(({ identity }) => identity === "x509");
  const faults: string[] = [];
  for (const { name, permissions, oidcUsername } of cloud.users) {
    const at = `users.${name}`;
    if (!isDnsLabel(name)) faults.push(`${at}: the name is no DNS label; use a-z, 0-9 and -, at most 63 characters`);
    const commonName = commonNameOf(cloud.name, name);
    if (usesX509 && commonName.length > MAX_COMMON_NAME) {
      faults.push(
        `${at}: "${commonName}" is longer than ${MAX_COMMON_NAME} characters (X.520); shorten the cloud's or the user's name`,
      );
    }
    if (oidcUsername?.startsWith("system:") === true) {
      faults.push(`${at}.oidcUsername: "${oidcUsername}" belongs to Kubernetes; use the name that the provider gives`);
    }
    const reachesOwn = permissions.some((permission) => reachesOwnNamespace(cloud.permissions.get(permission)));
    if (permissions.length > 0 && permissions.every((each) => cloud.permissions.has(each)) && !reachesOwn) {
      faults.push(`${at}: has no permission in the cloud's own namespaces; add a set that reaches one`);
    }
  }
  return faults;
}

const reachesOwnNamespace = (permission: Permission | undefined): boolean =>
  permission !== undefined && permission.clusterWide !== true && (permission.namespaces?.length ?? 1) > 0;

function checkGroups({ groups }: CloudDefinition): readonly string[] {
  return groups.flatMap(({ name }) => {
    if (name === "") return ["groups: a group has no name; name it as the identity provider does"];
    if (name.startsWith("system:"))
      return [`groups.${name}: belongs to Kubernetes; name a group of your identity provider`];
    if (name.startsWith("lc:")) return [`groups.${name}: belongs to our users' keys; list people under users`];
    return [];
  });
}

function checkServiceAccounts(cloud: CloudDefinition): readonly string[] {
  const own = new Set(cloud.namespaces.map(({ name }) => name));
  return cloud.serviceAccounts.flatMap(({ name, namespace }) => [
    ...(isDnsSubdomain(name) ? [] : [`serviceAccounts.${name}: the name is no DNS subdomain; use a-z, 0-9, - and .`]),
    ...(namespace === undefined || own.has(namespace)
      ? []
      : [`serviceAccounts.${name}.namespace: "${namespace}" is not the cloud's; use one of ${[...own].join(", ")}`]),
  ]);
}

function checkQuotas(cloud: CloudDefinition): readonly string[] {
  const own = new Set(cloud.namespaces.map(({ name }) => name));
  return cloud.quotas.flatMap(({ name, hard, namespaces = [] }) => {
    const at = name === undefined ? "quota" : `quota.${name}`;
    return [
      ...(name === undefined || isDnsLabel(name) ? [] : [`${at}: the name is no DNS label; use a-z, 0-9 and -`]),
      ...(Object.keys(hard ?? {}).length === 0 ? [`${at}: limits nothing; name a resource or take it out`] : []),
      ...namespaces
        .filter((namespace) => !own.has(namespace))
        .map((namespace) => `${at}.namespaces: "${namespace}" is not the cloud's; use one of ${[...own].join(", ")}`),
    ];
  });
}

function checkNetwork({ network, clusters }: CloudDefinition): readonly string[] {
  if (typeof network === "string" || "policies" in network || network.apiServer !== true) return [];
  return clusters
    .filter(({ apiServerCidrs }) => apiServerCidrs.length === 0)
    .map(
      ({ name }) => `network.apiServer: cluster "${name}" does not say where its API server is; set its apiServerCidrs`,
    );
}
