import type { Item } from "../definition/rendered-object.ts";
import type { PodResources } from "../mesh/mesh-spec.ts";
import type { Manifest } from "../model/manifest.ts";
import { groupOf } from "../model/ref.ts";
import { asList, asRecord } from "./fields.ts";
import type { Remark } from "./remarks.ts";
import { type Amount, numberOf, roomFault, roundedUp, usualOf } from "./sidecar-room.ts";

/**
 * Whether the quotas and limits of namespaces hold pods with a sidecar: else the API server refuses them, and nobody is told
 * who does not look at the ReplicaSet.
 *
 * @param items - All objects of a cloud on a cluster.
 */
export function checkSidecars(items: readonly Item[], sidecar: PodResources): readonly Remark[] {
  const [quotas, ranges] = [items.filter(isOf("ResourceQuota")), items.filter(isOf("LimitRange"))];
  const [quotasIn, rangesIn] = [Map.groupBy(quotas, namespaceOf), Map.groupBy(ranges, namespaceOf)];
  const remark = ({ id }: Item, fault: string): Remark => ({ id, message: `mesh.resources.sidecar.${fault}` });
  return [
    ...quotas.flatMap((item) => {
      const limits = (rangesIn.get(namespaceOf(item)) ?? []).flatMap(({ manifest }) => limitsOf(manifest));
      const pods = podsIn(quotasIn.get(namespaceOf(item)) ?? []);
      return checkQuota(item.manifest, sidecar, limits, pods).map((fault) => remark(item, fault));
    }),
    ...ranges.flatMap((item) =>
      limitsOf(item.manifest).flatMap((limit, _, limits) =>
        AMOUNTS.flatMap((amount) => checkLimit(limit, sidecar, limits, amount)).map((fault) => remark(item, fault)),
      ),
    ),
  ];
}

const isOf =
  (kind: string) =>
  ({ manifest }: Item): boolean =>
    manifest.kind === kind && groupOf(manifest.apiVersion) === "";

const namespaceOf = ({ manifest }: Item): string | undefined => manifest.metadata.namespace;

type Fields = Readonly<Record<string, unknown>>;

/** With the keys of a quota that counts it. */
const AMOUNTS: readonly (Amount & { readonly keys: readonly string[] })[] = [
  { resource: "cpu", field: "requests", keys: ["cpu", "requests.cpu"] },
  { resource: "memory", field: "requests", keys: ["memory", "requests.memory"] },
  { resource: "cpu", field: "limits", keys: ["limits.cpu"] },
  { resource: "memory", field: "limits", keys: ["limits.memory"] },
];

const limitsOf = (range: Manifest): readonly Fields[] => asList(asRecord(range["spec"])["limits"]).map(asRecord);

const hardOf = (quota: Manifest): Fields => asRecord(asRecord(quota["spec"])["hard"]);

function scopesOf(quota: Manifest): readonly unknown[] {
  const { scopes, scopeSelector } = asRecord(quota["spec"]);
  const expressions = asList(asRecord(scopeSelector)["matchExpressions"]).map(asRecord);
  return [...asList(scopes), ...expressions.map(({ scopeName }) => scopeName)];
}

/** How many pods are let in at most; one where nobody counts them. */
function podsIn(quotas: readonly Item[]): number {
  const counts = quotas
    .filter(({ manifest }) => scopesOf(manifest).length === 0)
    .flatMap(({ manifest }) => [hardOf(manifest)["pods"], hardOf(manifest)["count/pods"]])
    .flatMap((count) => numberOf(count) ?? []);
  return counts.length === 0 ? 1 : Math.min(...counts);
}

function checkQuota(
  quota: Manifest,
  sidecar: PodResources,
  limits: readonly Fields[],
  pods: number,
): readonly string[] {
  const [hard, scopes] = [hardOf(quota), scopesOf(quota)];
  // how many of the pods are of a scope, nobody can tell
  const counted = scopes.length === 0 ? pods : 1;
  return AMOUNTS.flatMap(({ keys, ...amount }) =>
    keys.flatMap((key) => {
      const bound = { name: `${key} of the quota`, quantity: hard[key], pods: counted, usual: usualOf(limits, amount) };
      return roomFault(sidecar, { ...amount, ...bound }) ?? [];
    }),
  );
}

function checkLimit(
  limit: Fields,
  sidecar: PodResources,
  limits: readonly Fields[],
  amount: Amount,
): readonly string[] {
  const { resource, field } = amount;
  if (limit["type"] === "Container") {
    return field === "requests" ? checkMin(limit, sidecar, resource) : checkMax(limit, sidecar, resource);
  }
  if (limit["type"] !== "Pod" || field === "requests") return [];
  const bound = { name: `max.${resource} of a Pod`, quantity: asRecord(limit["max"])[resource], pods: 1 };
  return [roomFault(sidecar, { ...amount, ...bound, usual: usualOf(limits, amount) })].flatMap((fault) => fault ?? []);
}

function checkMin(limit: Fields, { requests }: PodResources, resource: Amount["resource"]): readonly string[] {
  const least = asRecord(limit["min"])[resource];
  const [min, value] = [numberOf(least), numberOf(requests[resource])];
  if (min === undefined || value === undefined || value >= min) return [];
  const text = requests[resource];
  return [`requests.${resource}: "${text}" is less than min.${resource} of a Container; set it to at least "${least}"`];
}

function checkMax(limit: Fields, sidecar: PodResources, resource: Amount["resource"]): readonly string[] {
  const most = asRecord(limit["max"])[resource];
  const [text, requested] = [sidecar.limits[resource], sidecar.requests[resource]];
  const [max, value, request] = [numberOf(most), numberOf(text), numberOf(requested)];
  if (value === undefined || request === undefined) return [];
  if (max !== undefined && value > max) {
    return [`limits.${resource}: "${text}" is more than max.${resource} of a Container; set it to at most "${most}"`];
  }
  const ratio = numberOf(asRecord(limit["maxLimitRequestRatio"])[resource]);
  if (ratio === undefined || ratio < 1 || value <= ratio * request) return [];
  const what = `"${requested}" goes into the limit, "${text}", more often than maxLimitRequestRatio of a Container allows`;
  return [`requests.${resource}: ${what}; set it to at least "${roundedUp(resource, value / ratio)}"`];
}
