import { passesOn } from "../definition/cloud-mesh.ts";
import type { Item } from "../definition/rendered-object.ts";
import { countOf } from "../model/count.ts";
import { RBAC_GROUP } from "../model/policy-rule.ts";
import { boundRules } from "./check-access.ts";
import { quotaWarning } from "./check-quota.ts";
import type { CheckScope } from "./check-scope.ts";
import { allowsWriting } from "./privilege.ts";
import type { Remark } from "./remarks.ts";

/**
 * What is allowed among the objects of a cloud on a cluster, and had better be known.
 *
 * @param byKey - All of them, by `refKey`.
 */
export function warningsOf(
  items: readonly Item[],
  bindings: readonly Item[],
  byKey: ReadonlyMap<string, Item>,
  { cloud }: CheckScope,
): readonly Remark[] {
  return [
    ...oncePerSet(bindings, (binding) => undoingWarning(binding, items, byKey)),
    ...(cloud.mesh?.mtls === "strict" ? oncePerSet(bindings, (binding) => plaintextWarning(binding, byKey)) : []),
    ...(passesOn(cloud.mesh) ? oncePerSet(bindings, (binding) => addressWarning(binding, byKey)) : []),
    ...(cloud.limits === "by quota" ? items.flatMap(scopeWarnings) : []),
  ];
}

/** Kinds of what we render, and what a role must not write if it shall stay. */
const UNDOABLE: readonly { readonly kind: string; readonly group: string; readonly resource: string }[] = [
  { kind: "NetworkPolicy", group: "networking.k8s.io", resource: "networkpolicies" },
  { kind: "ServiceAccount", group: "", resource: "serviceaccounts" },
  { kind: "Role", group: RBAC_GROUP, resource: "roles" },
  { kind: "RoleBinding", group: RBAC_GROUP, resource: "rolebindings" },
];

/** One for each permission set: in most of its namespaces it is the same. */
function oncePerSet(bindings: readonly Item[], warningOf: (binding: Item) => Remark | undefined): readonly Remark[] {
  const found = new Map<string, { readonly first: Remark; namespaces: number }>();
  for (const binding of bindings) {
    const warning = warningOf(binding);
    if (warning === undefined) continue;
    const { name } = binding.manifest.metadata;
    const known = found.get(name);
    if (known === undefined) found.set(name, { first: warning, namespaces: 1 });
    else known.namespaces++;
  }
  return [...found.values()].map(({ first: { id, message }, namespaces }) => ({
    id,
    message: namespaces === 1 ? message : `${message} (and in ${countOf(namespaces - 1, "more namespace")})`,
  }));
}

function undoingWarning(
  { id, manifest }: Item,
  items: readonly Item[],
  byKey: ReadonlyMap<string, Item>,
): Remark | undefined {
  const rules = boundRules(manifest, byKey) ?? [];
  const kinds = UNDOABLE.filter(({ group, resource }) => allowsWriting(rules, group, resource)).map(({ kind }) => kind);
  const { namespace } = manifest.metadata;
  if (kinds.length === 0 || namespace === undefined) return undefined;
  const names = items
    .filter((item) => item.manifest.metadata.namespace === namespace && kinds.includes(item.manifest.kind))
    .map((item) => `${item.manifest.kind} ${item.manifest.metadata.name}`)
    .sort();
  return names.length === 0 ? undefined : { id, message: `lets its subjects change or delete ${names.join(", ")}` };
}

/** A PeerAuthentication of a namespace goes before that of the mesh. */
function plaintextWarning({ id, manifest }: Item, byKey: ReadonlyMap<string, Item>): Remark | undefined {
  const rules = boundRules(manifest, byKey) ?? [];
  if (!allowsWriting(rules, "security.istio.io", "peerauthentications")) return undefined;
  return {
    id,
    message: "lets its subjects make PeerAuthentications, by which pods take what the mesh has not encrypted",
  };
}

/** Kinds that say at which addresses a Service is, whoever has them, and so whom the gateway between clusters reaches. */
const ADDRESSING: readonly { readonly kinds: string; readonly group: string; readonly resource: string }[] = [
  { kinds: "ServiceEntries", group: "networking.istio.io", resource: "serviceentries" },
  { kinds: "WorkloadEntries", group: "networking.istio.io", resource: "workloadentries" },
  { kinds: "EndpointSlices", group: "discovery.k8s.io", resource: "endpointslices" },
  { kinds: "Endpoints", group: "", resource: "endpoints" },
];

function addressWarning({ id, manifest }: Item, byKey: ReadonlyMap<string, Item>): Remark | undefined {
  const rules = boundRules(manifest, byKey) ?? [];
  const found = ADDRESSING.filter(({ group, resource }) => allowsWriting(rules, group, resource));
  if (found.length === 0) return undefined;
  const kinds = found.map((each) => each.kinds).join(" or ");
  return {
    id,
    message: `lets its subjects make ${kinds}, by which the cloud's gateway passes to any address that they name`,
  };
}

function scopeWarnings({ id, manifest }: Item): readonly Remark[] {
  const message = quotaWarning(manifest);
  return message === undefined ? [] : [{ id, message }];
}
