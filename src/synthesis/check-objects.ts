import type { Item } from "../definition/cloud-chart.ts";
import { formatRef, groupOf, refOf } from "../model/ref.ts";
import { joinDocuments } from "../rendered/format-yaml.ts";
import { boundRules, checkRoleIsThere, roleRefOf } from "./check-access.ts";
import { type CheckedObject, checkObject } from "./check-object.ts";
import type { CheckScope } from "./check-scope.ts";
import { allowsWriting } from "./privilege.ts";

/** Something about one object, to be told with its construct's path. */
export interface Remark {
  /** Construct id, below the chart. */
  readonly id: string;
  readonly message: string;
}

/** The objects of a cloud on a cluster, checked together; what remains is what other clouds have there. */
export interface CheckedObjects {
  /** Sorted by kind, namespace and name: an order that does not depend on how they came about. */
  readonly objects: readonly CheckedObject[];
  /** All of them as YAML; empty where there is none. */
  readonly text: string;
  readonly faults: readonly Remark[];
  readonly warnings: readonly Remark[];
  /** Namespaces that they make. */
  readonly claims: readonly CheckedObject[];
  /** Objects outside of those namespaces: another cloud could have them too. */
  readonly outside: readonly CheckedObject[];
  /** Bindings to ClusterRoles that are neither here nor ones that any cloud may bind. */
  readonly foreignBindings: readonly CheckedObject[];
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
  const byKey = new Map(objects.map((object) => [object.key, object]));
  const bindings = objects.filter(({ role }) => role === "binding");
  const claims = objects.filter(({ role }) => role === "namespace");
  const claimed = new Set(claims.map(({ manifest }) => manifest.metadata.name));
  return {
    objects,
    text: joinDocuments(objects.map(({ text }) => text)),
    faults: [
      ...objects.flatMap(({ id, faults }) => faults.map((message) => ({ id, message }))),
      ...(byKey.size === objects.length ? [] : duplicates(objects)),
      ...bindings.flatMap(({ id, manifest }) => {
        const message = checkRoleIsThere(manifest, scope, byKey);
        return message === undefined ? [] : [{ id, message }];
      }),
      ...checkHomes(scope, claimed),
    ],
    warnings: bindings.flatMap((binding) => warningsOf(binding, byKey)),
    claims,
    outside: objects.filter(
      ({ role, manifest }) => role !== "namespace" && !claimed.has(manifest.metadata.namespace ?? ""),
    ),
    foreignBindings: bindings.filter(
      ({ manifest }) => roleRefOf(manifest).kind === "ClusterRole" && boundRules(manifest, byKey) === undefined,
    ),
  };
}

export const sameObject = ({ manifest }: Item, other: string): string =>
  `${formatRef(refOf(manifest))} is also made by ${other}; make it once`;

function byRef({ manifest: a }: Item, { manifest: b }: Item): number {
  return (
    compare(a.kind, b.kind) ||
    compare(a.metadata.namespace ?? "", b.metadata.namespace ?? "") ||
    compare(a.metadata.name, b.metadata.name) ||
    compare(groupOf(a.apiVersion), groupOf(b.apiVersion))
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function duplicates(objects: readonly CheckedObject[]): readonly Remark[] {
  const first = new Map<string, CheckedObject>();
  return objects.flatMap((object) => {
    const other = first.get(object.key);
    if (other !== undefined) return [{ id: object.id, message: sameObject(object, other.id) }];
    first.set(object.key, object);
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

function warningsOf({ id, manifest }: CheckedObject, byKey: ReadonlyMap<string, CheckedObject>): readonly Remark[] {
  const rules = boundRules(manifest, byKey) ?? [];
  const kinds = UNDOABLE.filter(({ group, resource }) => allowsWriting(rules, group, resource)).map(({ kind }) => kind);
  const { namespace } = manifest.metadata;
  if (kinds.length === 0 || namespace === undefined) return [];
  const names = [...byKey.values()]
    .filter((object) => object.manifest.metadata.namespace === namespace && kinds.includes(object.manifest.kind))
    .map((object) => `${object.manifest.kind} ${object.manifest.metadata.name}`);
  return names.length === 0 ? [] : [{ id, message: `lets its subjects change or delete ${names.join(", ")}` }];
}
