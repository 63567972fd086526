import type { CloudNamespace } from "./cloud-definition.ts";
import type { Item } from "./rendered-object.ts";

/** What ids of objects in a namespace end with: `@` and the namespace, but for the first one of a cluster. */
export const suffixesOf = (namespaces: readonly CloudNamespace[]): ReadonlyMap<string, string> =>
  new Map(namespaces.map(({ name }, index) => [name, index === 0 ? "" : `@${name}`]));

/** Whether a construct can have children of that id: constructs keeps them in an object that inherits such names. */
export const isChildId = (id: string): boolean => !(id in {});

export const suffixed = ({ id, manifest }: Item, suffix = ""): Item => ({ id: `${id}${suffix}`, manifest });
