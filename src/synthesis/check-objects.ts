import type { Item } from "../definition/cloud-chart.ts";
import { formatRef, groupOf, refKey, refOf } from "../model/ref.ts";
import { boundRules, checkAccess, isBinding, roleRefOf } from "./check-access.ts";
import { checkMetadata } from "./check-metadata.ts";
import { checkPlace, isNamespace } from "./check-place.ts";
import { checkQuota } from "./check-quota.ts";
import type { CheckScope } from "./check-scope.ts";
import { allowsWriting } from "./privilege.ts";

/** Something about one object, to be told with its construct's path. */
export interface Remark {
  /** Construct id, below the chart. */
  readonly id: string;
  readonly message: string;
}

/** The objects of a cloud on a cluster, checked by themselves; what remains is what other clouds have there. */
export interface CheckedObjects {
  readonly faults: readonly Remark[];
  readonly warnings: readonly Remark[];
  /** All of them by `refKey`. */
  readonly byKey: ReadonlyMap<string, Item>;
  /** Namespaces that they make. */
  readonly claims: readonly Item[];
  /** Objects outside of those namespaces: another cloud could have them too. */
  readonly outside: readonly Item[];
  /** Bindings to ClusterRoles that are neither here nor ones that any cloud may bind. */
  readonly foreignBindings: readonly Item[];
}

/** Check the final objects: after patches, and with the users' own. */
export function checkObjects(items: readonly Item[], scope: CheckScope): CheckedObjects {
  const faults: Remark[] = [];
  const byKey = new Map<string, Item>();
  for (const item of items) {
    const key = refKey(refOf(item.manifest));
    const other = byKey.get(key);
    if (other !== undefined) faults.push({ id: item.id, message: sameObject(item, other.id) });
    byKey.set(key, item);
  }
  for (const { id, manifest } of items) {
    const messages = [
      ...checkMetadata(manifest, scope.cloud.name),
      ...checkPlace(manifest, scope),
      ...checkAccess(manifest, scope, byKey),
      ...checkQuota(manifest),
    ];
    for (const message of messages) faults.push({ id, message });
  }
  const claims = items.filter(({ manifest }) => isNamespace(manifest));
  const claimed = new Set(claims.map(({ manifest }) => manifest.metadata.name));
  return {
    faults: [...faults, ...checkHomes(scope, claimed)],
    warnings: warningsOf(items, byKey),
    byKey,
    claims,
    outside: items.filter(({ manifest }) => !isNamespace(manifest) && !claimed.has(manifest.metadata.namespace ?? "")),
    foreignBindings: items.filter(({ manifest }) => isForeignBinding(manifest, byKey)),
  };
}

export const sameObject = ({ manifest }: Item, other: string): string =>
  `${formatRef(refOf(manifest))} is also made by ${other}; make it once`;

/** A patch may have renamed or removed one. */
function checkHomes({ cloud, namespaces }: CheckScope, claimed: ReadonlySet<string>): readonly Remark[] {
  if (cloud.admin) return [];
  return [...namespaces]
    .filter((name) => !claimed.has(name))
    .map((name) => ({ id: "", message: `the Namespace "${name}" was renamed or removed; leave it as it is` }));
}

function isForeignBinding(manifest: Item["manifest"], byKey: ReadonlyMap<string, Item>): boolean {
  return isBinding(manifest) && roleRefOf(manifest).kind === "ClusterRole" && boundRules(manifest, byKey) === undefined;
}

/** Kinds of what we render, and what a role must not write if it shall stay. */
const UNDOABLE: readonly { readonly kind: string; readonly group: string; readonly resource: string }[] = [
  { kind: "NetworkPolicy", group: "networking.k8s.io", resource: "networkpolicies" },
  { kind: "ServiceAccount", group: "", resource: "serviceaccounts" },
  { kind: "Role", group: "rbac.authorization.k8s.io", resource: "roles" },
  { kind: "RoleBinding", group: "rbac.authorization.k8s.io", resource: "rolebindings" },
];

function warningsOf(items: readonly Item[], byKey: ReadonlyMap<string, Item>): readonly Remark[] {
  return items
    .filter(({ manifest }) => manifest.kind === "RoleBinding" && isBinding(manifest))
    .flatMap(({ id, manifest }) => {
      const rules = boundRules(manifest, byKey) ?? [];
      const kinds = UNDOABLE.filter(({ group, resource }) => allowsWriting(rules, group, resource));
      const undoable = items.filter(
        (item) =>
          item.manifest.metadata.namespace === manifest.metadata.namespace &&
          kinds.some(({ kind, group }) => item.manifest.kind === kind && groupOf(item.manifest.apiVersion) === group),
      );
      if (undoable.length === 0) return [];
      const names = undoable.map((item) => `${item.manifest.kind} ${item.manifest.metadata.name}`);
      return [{ id, message: `lets its subjects change or delete ${names.join(", ")}` }];
    });
}
