import { isDnsLabel } from "../model/names.ts";
import { commonNameOf, MAX_COMMON_NAME } from "../x509/identity.ts";
import type { Permission } from "./access.ts";
import type { Doubts } from "./check-shape.ts";
import type { CloudDefinition, CloudMember } from "./cloud-definition.ts";

/** Mistakes in permission sets, and sets that nobody has. */
export function checkPermissions(cloud: CloudDefinition, doubts: Doubts): readonly string[] {
  const areMembersKnown = !doubts.has("users") && !doubts.has("groups") && !doubts.has("serviceAccounts");
  const used = new Set(membersOf(cloud).flatMap(({ permissions }) => permissions));
  return [...cloud.permissions].flatMap(([name, permission]) => [
    ...checkPermission(cloud, `permissions.${name}`, permission, doubts),
    ...(isDnsLabel(name) ? [] : [`permissions.${name}: the name is no DNS label; use a-z, 0-9 and -`]),
    ...(used.has(name) || !areMembersKnown
      ? []
      : [`permissions.${name}: nobody has this set; give it to somebody or take it out`]),
  ]);
}

/** Mistakes in who has which permission sets, and in users. */
export function checkUsers(cloud: CloudDefinition, doubts: Doubts): readonly string[] {
  const known = [...cloud.permissions.keys()];
  const there = known.length === 0 ? "add it under permissions" : `known are ${known.join(", ")}`;
  return [
    ...membersOf(cloud).flatMap(({ at, permissions }) => [
      ...permissions
        .filter((permission) => !doubts.has("permissions") && !cloud.permissions.has(permission))
        .map((permission) => `${at}: there is no permission set "${permission}"; ${there}`),
      ...(permissions.length === 0 ? [`${at}: has no permission set; name at least one`] : []),
    ]),
    ...cloud.users.flatMap((user) => checkUser(cloud, user, doubts)),
  ];
}

/** Mistakes in the cloud's ServiceAccounts. */
export function checkAccounts(cloud: CloudDefinition, doubts: Doubts): readonly string[] {
  const own = cloud.namespaces.map(({ name }) => name);
  return cloud.serviceAccounts.flatMap(({ name, namespace }) => [
    ...(name === "default" ? ["serviceAccounts.default: exists in every namespace already; use another name"] : []),
    ...(namespace === undefined || own.includes(namespace) || doubts.has("namespaces")
      ? []
      : [`serviceAccounts.${name}.namespace: "${namespace}" is not the cloud's; use one of ${own.join(", ")}`]),
  ]);
}

const membersOf = (cloud: CloudDefinition): readonly (CloudMember & { readonly at: string })[] => [
  ...cloud.users.map((user) => ({ ...user, at: `users.${user.name}` })),
  ...cloud.groups.map((group) => ({ ...group, at: `groups.${group.name}` })),
  ...cloud.serviceAccounts.map((account) => ({ ...account, at: `serviceAccounts.${account.name}` })),
];

function checkPermission(
  cloud: CloudDefinition,
  at: string,
  permission: Permission,
  doubts: Doubts,
): readonly string[] {
  const { rules, clusterRole, namespaces, foreignNamespaces = [], clusterWide = false } = permission;
  const own = new Set(cloud.namespaces.map(({ name }) => name));
  const faults: string[] = [];
  if ((rules === undefined) === (clusterRole === undefined)) {
    faults.push(
      `${at}: has ${rules === undefined ? "neither rules nor" : "both rules and"} clusterRole; give one of them`,
    );
  }
  if (rules?.length === 0) faults.push(`${at}.rules: allow nothing; add a rule or take the set out`);
  for (const namespace of doubts.has("namespaces") ? [] : (namespaces ?? [])) {
    if (!own.has(namespace)) faults.push(`${at}.namespaces: "${namespace}" is not the cloud's; use foreignNamespaces`);
  }
  for (const namespace of doubts.has("namespaces") ? [] : foreignNamespaces) {
    if (own.has(namespace)) faults.push(`${at}.foreignNamespaces: "${namespace}" is the cloud's own; use namespaces`);
  }
  if (clusterWide && (namespaces !== undefined || foreignNamespaces.length > 0)) {
    faults.push(`${at}: clusterWide reaches every namespace; leave namespaces and foreignNamespaces out`);
  }
  return faults;
}

function checkUser(cloud: CloudDefinition, { name, permissions }: CloudMember, doubts: Doubts): readonly string[] {
  const faults: string[] = [];
  const at = `users.${name}`;
  if (!isDnsLabel(name)) faults.push(`${at}: the name is no DNS label; use a-z, 0-9 and -, at most 63 characters`);
  const commonName = commonNameOf(cloud.name, name);
  if (cloud.clusters.some(({ identity }) => identity === "x509") && commonName.length > MAX_COMMON_NAME) {
    const remedy = "shorten the cloud's or the user's name";
    faults.push(`${at}: "${commonName}" is longer than ${MAX_COMMON_NAME} characters (X.520); ${remedy}`);
  }
  const sets = permissions.flatMap((permission) => cloud.permissions.get(permission) ?? []);
  if (!doubts.has("permissions") && sets.length > 0 && !sets.some(({ namespaces }) => (namespaces?.length ?? 1) > 0)) {
    faults.push(`${at}: has no permission in the cloud's own namespaces; add a set that reaches one`);
  }
  return faults;
}
