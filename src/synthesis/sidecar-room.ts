import type { PodResources } from "../mesh/mesh-spec.ts";
import { countOf } from "../model/count.ts";
import { parseQuantity } from "../model/quantity.ts";
import { asRecord } from "./fields.ts";

/** One of the things that a container says of its resources. */
export interface Amount {
  readonly resource: "cpu" | "memory";
  readonly field: "requests" | "limits";
}

/** A bound on the pods of a namespace. */
interface Bound extends Amount {
  /** As in `limits.cpu of the quota`. */
  readonly name: string;
  readonly quantity: unknown;
  /** How many pods share it. */
  readonly pods: number;
  /** What a container of theirs takes that names no more than it has to. */
  readonly usual: number;
}

/**
 * What is wrong where sidecars leave too little of a bound for the containers that they are there for.
 *
 * @returns undefined where they leave enough, and where there is no bound.
 */
export function roomFault(sidecar: PodResources, bound: Bound): string | undefined {
  const { resource, field, name, quantity, pods, usual } = bound;
  const text = sidecar[field][resource];
  const [whole, value] = [numberOf(quantity), numberOf(text)];
  // what lets no pod in at all has nothing to do with sidecars
  if (whole === undefined || value === undefined || whole === 0 || pods === 0) return undefined;
  const room = whole - pods * value;
  if (room > 0 && room >= usual) return undefined;
  const each = pods === 1 ? `"${text}"` : `"${text}" in each of ${countOf(pods, "pod")}`;
  const least = usual === 0 ? "nothing" : `less than the "${roundedUp(resource, usual)}" that a usual container takes`;
  const remedy = remedyFor(resource, (whole - usual) / pods, usual === 0 ? "less than" : "at most");
  return `${field}.${resource}: ${each} leaves ${least} of ${name}, "${quantity}"; ${remedy}`;
}

const remedyFor = (resource: Amount["resource"], most: number, how: string): string =>
  most <= 0 ? "raise that" : `set it to ${how} "${textOf(resource, most, Math.floor)}", or raise that`;

/** What a container takes that names no more than it has to, in the base unit. @param limits - Of LimitRanges. */
export function usualOf(limits: readonly Readonly<Record<string, unknown>>[], { resource, field }: Amount): number {
  const amounts = limits
    .filter(({ type }) => type === "Container")
    .flatMap((limit) => {
      const fields = field === "limits" ? ["default", "defaultRequest", "min"] : ["defaultRequest", "default", "min"];
      // a limit is no less than a request
      return fields.flatMap((each) => numberOf(asRecord(limit[each])[resource]) ?? []).slice(0, 1);
    });
  return Math.max(0, ...amounts);
}

export const numberOf = (quantity: unknown): number | undefined =>
  typeof quantity === "string" || typeof quantity === "number" ? parseQuantity(quantity) : undefined;

/** As a quantity that is no less. */
export const roundedUp = (resource: Amount["resource"], value: number): string => textOf(resource, value, Math.ceil);

function textOf(resource: Amount["resource"], value: number, round: (value: number) => number): string {
  // 0.3 of a CPU is not quite 300 thousandths in binary
  if (resource === "cpu") return `${round(Number((value * 1000).toFixed(3)))}m`;
  const mebi = value / 2 ** 20;
  return mebi >= 1 ? `${round(mebi)}Mi` : `${round(value)}`;
}
