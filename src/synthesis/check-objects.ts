import type { Item } from "../definition/rendered-object.ts";
import { formatRef, groupOf, refOf } from "../model/ref.ts";
import { joinDocuments } from "../rendered/format-yaml.ts";
import { boundRules, checkRoleIsThere, roleRefOf } from "./check-access.ts";
import { type CheckedObject, checkObject } from "./check-object.ts";
import { quotaWarning } from "./check-quota.ts";
import type { CheckScope } from "./check-scope.ts";
import { allowsWriting } from "./privilege.ts";

/** Something about one object, to be told with its construct's path. */
export interface Remark {
  /** Construct id, below the chart. */
  readonly id: string;
  readonly message: string;
}

/** The objects of a cloud on a cluster, checked together. */
export interface CheckedObjects {
  readonly faults: readonly Remark[];
  readonly warnings: readonly Remark[];
  /** All of them as YAML; empty where there is none. */
  readonly text: string;
  readonly onCluster: OnCluster;
}

/** What remains to be compared with what other clouds have on the cluster. */
export interface OnCluster {
  /** Namespaces that they make. */
  readonly claims: readonly Item[];
  /** Objects outside of those namespaces: another cloud could have them too. */
  readonly outside: readonly Item[];
  /** Bindings to ClusterRoles that are neither here nor ones that any cloud may bind. */
  readonly foreignBindings: readonly Item[];
}

/**
 * Check the final objects: after patches, and with the users' own.
 *
 * @param known - Objects that were checked before, in the same scope; gets those that were not.
 */
export function checkObjects(
  items: readonly Item[],
  scope: CheckScope,
  known: WeakMap<Item, CheckedObject>,
): CheckedObjects {
  const objects = items.map((item) => {
    const object = known.get(item) ?? checkObject(item, scope);
    known.set(item, object);
    return object;
  });
  objects.sort(byRef);
  const byKey = new Map(objects.map(({ key, item }) => [key, item]));
  const bindings = itemsThatAre("binding", objects);
  const claims = itemsThatAre("namespace", objects);
  const claimed = new Set(claims.map(({ manifest }) => manifest.metadata.name));
  return {
    text: joinDocuments(objects.map(({ text }) => text)),
    faults: [
      ...objects.flatMap(({ item, faults }) => faults.map((message) => ({ id: item.id, message }))),
      ...(byKey.size === objects.length ? [] : duplicates(objects)),
      ...bindings.flatMap(({ id, manifest }) => {
        const message = checkRoleIsThere(manifest, scope, byKey);
        return message === undefined ? [] : [{ id, message }];
      }),
      ...checkHomes(scope, claimed),
    ],
    warnings: [
      ...bindings.flatMap((binding) => undoingWarnings(binding, items, byKey)),
      ...(scope.cloud.limits === "by quota" ? items.flatMap(scopeWarnings) : []),
    ],
    onCluster: {
      claims,
      outside: items.filter((item) => !claims.includes(item) && !claimed.has(item.manifest.metadata.namespace ?? "")),
      foreignBindings: bindings.filter(
        ({ manifest }) => roleRefOf(manifest).kind === "ClusterRole" && boundRules(manifest, byKey) === undefined,
      ),
    },
  };
}

function itemsThatAre(role: CheckedObject["role"], objects: readonly CheckedObject[]): readonly Item[] {
  return objects.flatMap((object) => (object.role === role ? [object.item] : []));
}

export const sameObject = ({ manifest }: Item, other: string): string =>
  `${formatRef(refOf(manifest))} is also made by ${other}; make it once`;

/** An order that does not depend on how the objects came about. */
function byRef(one: CheckedObject, other: CheckedObject): number {
  const { manifest: a } = one.item;
  const { manifest: b } = other.item;
  return (
    compare(a.kind, b.kind) ||
    compare(a.metadata.namespace ?? "", b.metadata.namespace ?? "") ||
    compare(a.metadata.name, b.metadata.name) ||
    compare(groupOf(a.apiVersion), groupOf(b.apiVersion))
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function duplicates(objects: readonly CheckedObject[]): readonly Remark[] {
  const first = new Map<string, Item>();
  return objects.flatMap(({ key, item }) => {
    const other = first.get(key);
    if (other !== undefined) return [{ id: item.id, message: sameObject(item, other.id) }];
    first.set(key, item);
    return [];
  });
}

/** A patch may have renamed or removed one. */
function checkHomes({ cloud, namespaces }: CheckScope, claimed: ReadonlySet<string>): readonly Remark[] {
  if (cloud.admin) return [];
  return [...namespaces]
    .filter((name) => !claimed.has(name))
    .map((name) => ({ id: "", message: `the Namespace "${name}" was renamed or removed; leave it as it is` }));
}

/** Kinds of what we render, and what a role must not write if it shall stay. */
const UNDOABLE: readonly { readonly kind: string; readonly group: string; readonly resource: string }[] = [
  { kind: "NetworkPolicy", group: "networking.k8s.io", resource: "networkpolicies" },
  { kind: "ServiceAccount", group: "", resource: "serviceaccounts" },
  { kind: "Role", group: "rbac.authorization.k8s.io", resource: "roles" },
  { kind: "RoleBinding", group: "rbac.authorization.k8s.io", resource: "rolebindings" },
];

function scopeWarnings({ id, manifest }: Item): readonly Remark[] {
  const message = quotaWarning(manifest);
  return message === undefined ? [] : [{ id, message }];
}

function undoingWarnings(
  { id, manifest }: Item,
  items: readonly Item[],
  byKey: ReadonlyMap<string, Item>,
): readonly Remark[] {
  const rules = boundRules(manifest, byKey) ?? [];
  const kinds = UNDOABLE.filter(({ group, resource }) => allowsWriting(rules, group, resource)).map(({ kind }) => kind);
  const { namespace } = manifest.metadata;
  if (kinds.length === 0 || namespace === undefined) return [];
  const names = items
    .filter((item) => item.manifest.metadata.namespace === namespace && kinds.includes(item.manifest.kind))
    .map((item) => `${item.manifest.kind} ${item.manifest.metadata.name}`)
    .sort();
  return names.length === 0 ? [] : [{ id, message: `lets its subjects change or delete ${names.join(", ")}` }];
}
