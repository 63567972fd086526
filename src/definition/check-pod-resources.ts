import type { PodResources } from "../mesh/mesh-spec.ts";
import { isKept, parseQuantity } from "../model/quantity.ts";

/** Mistakes in what a container asks for and may take. */
export function checkPodResources(resources: PodResources): readonly string[] {
  const wrong = (["requests", "limits"] as const).flatMap((field) =>
    Object.entries(resources[field]).flatMap(([resource, text]) => {
      const fault = quantityFault(text);
      return fault === undefined ? [] : [`${field}.${resource}: ${fault}`];
    }),
  );
  return wrong.length > 0 ? wrong : checkOrder(resources);
}

function quantityFault(text: string): string | undefined {
  const value = parseQuantity(text);
  if (value === undefined) return `"${text}" is no quantity; write it as 2, "500m" or "4Gi"`;
  if (value <= 0) return `"${text}" is nothing; write more than 0`;
  return isKept(text) ? undefined : `"${text}" is finer than 1m, so that the API server changes it; round it`;
}

function checkOrder({ requests, limits }: PodResources): readonly string[] {
  return (["cpu", "memory"] as const).flatMap((resource) => {
    const [request, limit] = [requests[resource], limits[resource]];
    if (limit === undefined || Number(parseQuantity(request)) <= Number(parseQuantity(limit))) return [];
    return [
      `requests.${resource}: "${request}" is more than its limit, "${limit}"; lower it, or raise limits.${resource}`,
    ];
  });
}
