import type { Item } from "../definition/rendered-object.ts";
import { isUsualKind } from "../model/cloud-kinds.ts";
import type { Manifest } from "../model/manifest.ts";
import { formatRef, groupOf, refOf } from "../model/ref.ts";
import { joinDocuments } from "../rendered/format-yaml.ts";
import { boundRules, checkRoleIsThere, roleRefOf } from "./check-access.ts";
import { type CheckedObject, checkObject } from "./check-object.ts";
import type { CheckScope } from "./check-scope.ts";
import { checkSidecars } from "./check-sidecars.ts";
import type { Remark } from "./remarks.ts";
import { warningsOf } from "./warnings.ts";

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
  /** Objects of kinds, or cluster-scoped ones with names, that clouds do not have by themselves. */
  readonly unusual: readonly Item[];
  /** Bindings to ClusterRoles that are neither here nor ones that any cloud may bind. */
  readonly foreignBindings: readonly Item[];
}

export type ObjectChecker = (item: Item) => CheckedObject;

/**
 * Check the final objects: after patches, and with the users' own.
 *
 * @param check - The {@link objectChecker} of the scope; its memory goes with whoever holds it.
 */
export function checkObjects(items: readonly Item[], scope: CheckScope, check: ObjectChecker): CheckedObjects {
  const objects = items.map(check);
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
      ...bindings.flatMap((binding) => missingRole(binding, scope, byKey)),
      ...missingNamespaces(scope, claimed),
      ...(scope.sidecar === undefined ? [] : checkSidecars(items, scope.sidecar)),
    ],
    warnings: warningsOf(items, bindings, byKey, scope),
    onCluster: {
      claims,
      outside: items.filter((item) => !claims.includes(item) && !claimed.has(item.manifest.metadata.namespace ?? "")),
      unusual: items.filter(({ manifest }) => !isUsualKind(manifest)),
      foreignBindings: bindings.filter(({ manifest }) => isForeign(manifest, byKey)),
    },
  };
}

/** Checks and formats each object once: most are the very same on many clusters. */
export function objectChecker(scope: CheckScope): ObjectChecker {
  const known = new Map<Item, CheckedObject>();
  return (item) => {
    const object = known.get(item) ?? checkObject(item, scope);
    known.set(item, object);
    return object;
  };
}

function itemsThatAre(category: CheckedObject["category"], objects: readonly CheckedObject[]): readonly Item[] {
  return objects.flatMap((object) => (object.category === category ? [object.item] : []));
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

function missingRole({ id, manifest }: Item, scope: CheckScope, byKey: ReadonlyMap<string, Item>): readonly Remark[] {
  const message = checkRoleIsThere(manifest, scope, byKey);
  return message === undefined ? [] : [{ id, message }];
}

/** A patch may have renamed or removed one. */
function missingNamespaces({ cloud, namespaces }: CheckScope, claimed: ReadonlySet<string>): readonly Remark[] {
  if (cloud.admin) return [];
  return [...namespaces]
    .filter((name) => !claimed.has(name))
    .map((name) => ({ id: "", message: `the Namespace "${name}" was renamed or removed; leave it as it is` }));
}

const isForeign = (binding: Manifest, byKey: ReadonlyMap<string, Item>): boolean =>
  roleRefOf(binding).kind === "ClusterRole" && boundRules(binding, byKey) === undefined;
