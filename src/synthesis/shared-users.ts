import type { CloudDefinition } from "../definition/cloud-definition.ts";
import type { Cluster } from "../definition/cluster.ts";
import type { CloudRemark } from "./remarks.ts";

/**
 * Clouds whose users an `oidc` cluster cannot tell from those of other clouds, since its user names do not say whose
 * they are. They may well be the same people: whoever has an `oidcUsername` is so on purpose.
 *
 * @param clouds - Those on the cluster.
 * @returns A warning for each cloud.
 */
export function sharedUsers({ identity, oidc }: Cluster, clouds: readonly CloudDefinition[]): readonly CloudRemark[] {
  if (identity !== "oidc" || oidc === undefined || oidc.username.includes("{cloud}")) return [];
  const seen = new Set<string>();
  const shared = new Set<string>();
  for (const name of clouds.flatMap(namedByTemplate)) (seen.has(name) ? shared : seen).add(name);
  return clouds.flatMap((cloud) => {
    const names = namedByTemplate(cloud).filter((name) => shared.has(name));
    if (names.length === 0) return [];
    const message = `cannot tell ${names.join(", ")} from users of that name in other clouds: oidc.username is "${oidc.username}"; use {cloud} in it, or oidcUsername, if they are not the same people`;
    return [{ cloud: cloud.name, id: "", message }];
  });
}

const namedByTemplate = ({ users }: CloudDefinition): readonly string[] =>
  users.filter(({ oidcUsername }) => oidcUsername === undefined).map(({ name }) => name);
