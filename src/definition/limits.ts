import type { JsonObject, Manifest } from "../model/manifest.ts";
import { parseQuantity } from "../model/quantity.ts";
import { defined } from "./defined.ts";
import { objectMeta } from "./object-meta.ts";
import { isUnscoped, type QuantityValue, type Quota, quantityTexts } from "./quota.ts";
import { sortedByText } from "./stable-order.ts";

/** Quantities by resource name. */
type Quantities = { readonly [resource: string]: QuantityValue };

/** One entry of a LimitRange's `spec.limits`. */
export interface LimitRangeItem {
  readonly type: "Container" | "Pod" | "PersistentVolumeClaim";
  /** Limits of containers that name none. @default none */
  readonly default?: Quantities;
  /** Requests of containers that name none. @default `default`, as Kubernetes has it */
  readonly defaultRequest?: Quantities;
  /** @default no upper bound */
  readonly max?: Quantities;
  /** @default no lower bound */
  readonly min?: Quantities;
  /** By how much a limit may exceed its request. @default any ratio */
  readonly maxLimitRequestRatio?: Quantities;
}

/** What a container gets that names nothing; never more than the quota itself. */
const STANDARD = {
  cpu: { request: "100m", limit: "500m" },
  memory: { request: "128Mi", limit: "512Mi" },
} as const;

/**
 * Defaults that let pods pass the quotas of a namespace: a quota on cpu or memory rejects every pod that names none.
 *
 * For cpu and memory, over the quotas that count every pod: a quota on the limit asks for a default limit; one on the
 * request alone for a default request only, since a default limit would throttle pods that nobody wanted limited.
 *
 * @returns undefined where no quota asks for any.
 */
export function defaultLimits(quotas: readonly Quota[]): readonly LimitRangeItem[] | undefined {
  const hards = quotas.filter(isUnscoped).map(({ hard }) => hard);
  const defaults: Record<string, QuantityValue> = {};
  const defaultRequests: Record<string, QuantityValue> = {};
  for (const resource of ["cpu", "memory"] as const) {
    const limited = smallest(hards.map((hard) => hard[`limits.${resource}`]));
    const requested = smallest(hards.flatMap((hard) => [hard[resource], hard[`requests.${resource}`]]));
    if (limited === undefined && requested === undefined) continue;
    const standard = STANDARD[resource];
    const limit = limited === undefined ? undefined : smallest([standard.limit, limited]);
    if (limit !== undefined) defaults[resource] = limit;
    const request = smallest([standard.request, requested, limit]);
    if (request !== undefined) defaultRequests[resource] = request;
  }
  if (Object.keys(defaultRequests).length === 0) return undefined;
  const limits = Object.keys(defaults).length === 0 ? {} : { default: defaults };
  return [{ type: "Container", ...limits, defaultRequest: defaultRequests }];
}

function smallest(quantities: readonly (QuantityValue | undefined)[]): QuantityValue | undefined {
  let least: { value: number; quantity: QuantityValue } | undefined;
  for (const quantity of quantities) {
    const value = quantity === undefined ? undefined : parseQuantity(quantity);
    if (quantity !== undefined && value !== undefined && value < (least?.value ?? Number.POSITIVE_INFINITY)) {
      least = { value, quantity };
    }
  }
  return least?.quantity;
}

export function limitsManifest(cloud: string, namespace: string, limits: readonly LimitRangeItem[]): Manifest {
  return {
    apiVersion: "v1",
    kind: "LimitRange",
    metadata: objectMeta(cloud, "lc-limits", namespace),
    spec: { limits: sortedByText(limits.map(limitOf)) },
  };
}

const limitOf = ({ type, ...amounts }: LimitRangeItem): JsonObject => ({
  type,
  ...Object.fromEntries(
    Object.entries(defined(amounts)).map(([field, quantities]) => [field, quantityTexts(quantities)]),
  ),
});
