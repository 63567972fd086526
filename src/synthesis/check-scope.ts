import { type CloudDefinition, namespacesOn } from "../definition/cloud-definition.ts";
import type { Item } from "../definition/rendered-object.ts";
import { isReservedNamespace } from "../definition/reserved-namespaces.ts";
import type { CheckedObject } from "./check-object.ts";

/** What the objects of a cloud on a cluster are checked against. */
export interface CheckScope {
  readonly cloud: CloudDefinition;
  /** The cloud's on that cluster; of an admin cloud, those that it refers to and that are not the system's. */
  readonly namespaces: ReadonlySet<string>;
  /** Groups of the keys of the cloud's users. */
  readonly keyGroups: ReadonlySet<string>;
}

/** A scope, and what was checked in it. */
export interface KnownScope {
  readonly scope: CheckScope;
  readonly known: WeakMap<Item, CheckedObject>;
}

/** The scopes of a cloud by cluster: the very same one where the cloud has the same namespaces. */
export function checkScopes(cloud: CloudDefinition, keyGroups: readonly string[]): (cluster: string) => KnownScope {
  const scopes = new Map<string, KnownScope>();
  const groups = new Set(keyGroups);
  return (cluster) => {
    const names = namespacesOn(cloud, cluster).map(({ name }) => name);
    const own = cloud.admin ? names.filter((name) => !isReservedNamespace(name)) : names;
    const key = own.join();
    const known = scopes.get(key) ?? {
      scope: { cloud, namespaces: new Set(own), keyGroups: groups },
      known: new WeakMap(),
    };
    scopes.set(key, known);
    return known;
  };
}

/** What to do where a cloud reaches beyond itself. */
export const MAKE_PRIVILEGED = "set privileged: true on the cloud if that is meant";
