import type { CloudDefinition } from "../definition/cloud-definition.ts";
import { isReservedNamespace } from "../definition/reserved-namespaces.ts";

/** What the objects of a cloud on a cluster are checked against. */
export interface CheckScope {
  readonly cloud: CloudDefinition;
  /** The cloud's on that cluster; of an admin cloud, those that it refers to and that are not the system's. */
  readonly namespaces: ReadonlySet<string>;
  /** Groups of the keys of the cloud's users. */
  readonly keyGroups: ReadonlySet<string>;
}

export function checkScope(
  cloud: CloudDefinition,
  namespaces: readonly string[],
  keyGroups: readonly string[],
): CheckScope {
  const own = cloud.admin ? namespaces.filter((name) => !isReservedNamespace(name)) : namespaces;
  return { cloud, namespaces: new Set(own), keyGroups: new Set(keyGroups) };
}

/** What to do where a cloud reaches beyond itself. */
export const MAKE_PRIVILEGED = "set privileged: true on the cloud if that is meant";
