import type { CloudDefinition, CloudUser } from "./cloud-definition.ts";
import type { Cluster } from "./cluster.ts";

/** The name that an `oidc` cluster knows a user by. */
export function oidcUsername(cloud: string, user: CloudUser, cluster: Cluster): string {
  const template = cluster.oidc?.username ?? "";
  return user.oidcUsername ?? template.replaceAll("{user}", user.name).replaceAll("{cloud}", cloud);
}

/** Name of a user's ServiceAccount; neither part holds a dot, so no two users share one. */
export const userServiceAccount = (cloud: string, user: string): string => `${cloud}.${user}`;

/** Whether a ServiceAccount of {@link userServiceAccount} is one of the cloud's users. */
export const isUserServiceAccount = ({ name, users }: CloudDefinition, account: string): boolean =>
  users.some((user) => userServiceAccount(name, user.name) === account);
