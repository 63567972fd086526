import { isLabelValue } from "../model/names.ts";
import type { Cluster } from "./cluster.ts";
import type { LabelValues } from "./fleet.ts";
import { labelKeyFault } from "./label-faults.ts";

/** Which clusters: all, some by name, or by label as Kubernetes selects. */
export type ClusterSelection<C extends string = string, L extends LabelValues = LabelValues> =
  | "all"
  | readonly C[]
  | ClusterSelector<L>;

/** Both parts must hold; an empty selector matches every cluster. */
export interface ClusterSelector<L extends LabelValues = LabelValues> {
  readonly matchLabels?: { readonly [K in keyof L]?: L[K] };
  readonly matchExpressions?: readonly LabelExpression<L>[];
}

/** As in a Kubernetes label selector: `NotIn` and `DoesNotExist` match clusters without the label too. */
export type LabelExpression<L extends LabelValues = LabelValues> = {
  readonly [K in keyof L & string]:
    | { readonly key: K; readonly operator: "In" | "NotIn"; readonly values: readonly L[K][] }
    | { readonly key: K; readonly operator: "Exists" | "DoesNotExist" };
}[keyof L & string];

/**
 * The clusters that a selection names, sorted by name.
 *
 * @param fault - Called with each mistake: a cluster that does not exist, an expression that cannot match.
 */
export function selectClusters(
  clusters: readonly Cluster[],
  selection: ClusterSelection,
  fault: (message: string) => void,
): readonly Cluster[] {
  if (selection === "all") return clusters;
  if ("length" in selection) return selectByName(clusters, selection, fault);
  const { matchLabels = {}, matchExpressions = [] } = selection;
  for (const [key, value] of Object.entries(matchLabels)) checkLabel(key, [value], fault);
  for (const expression of matchExpressions) checkExpression(expression, fault);
  return clusters.filter(
    ({ labels }) =>
      Object.entries(matchLabels).every(([key, value]) => labelOf(labels, key) === value) &&
      matchExpressions.every((expression) => matches(labels, expression)),
  );
}

function selectByName(
  clusters: readonly Cluster[],
  names: readonly string[],
  fault: (message: string) => void,
): readonly Cluster[] {
  const known = new Set(clusters.map(({ name }) => name));
  for (const name of names) {
    if (!known.has(name)) fault(`there is no cluster "${name}"; the fleet has ${[...known].join(", ")}`);
  }
  const wanted = new Set(names);
  return clusters.filter(({ name }) => wanted.has(name));
}

function checkExpression(expression: LabelExpression, fault: (message: string) => void): void {
  const { key, operator } = expression;
  checkLabel(key, "values" in expression ? (expression.values ?? []) : [], fault);
  if (operator === "Exists" || operator === "DoesNotExist") {
    if ("values" in expression) fault(`${operator} of label "${key}" takes no values; leave them out`);
  } else if (operator === "In" || operator === "NotIn") {
    if (!(expression.values?.length > 0)) fault(`${operator} of label "${key}" has no values; name at least one`);
  } else {
    fault(`"${String(operator)}" is no operator; use In, NotIn, Exists or DoesNotExist`);
  }
}

function checkLabel(key: string, values: readonly (string | undefined)[], fault: (message: string) => void): void {
  const wrongKey = labelKeyFault(key);
  if (wrongKey !== undefined) fault(wrongKey);
  for (const value of values) {
    if (value === undefined || isLabelValue(value)) continue;
    fault(`"${value}" is no value of label "${key}"; use at most 63 of a-z, A-Z, 0-9, -, _ and .`);
  }
}

function matches(labels: LabelValues, expression: LabelExpression): boolean {
  const value = labelOf(labels, expression.key);
  switch (expression.operator) {
    case "In":
      return value !== undefined && (expression.values ?? []).includes(value);
    case "NotIn":
      return value === undefined || !(expression.values ?? []).includes(value);
    case "Exists":
      return value !== undefined;
    default:
      return value === undefined;
  }
}

/** Labels have names that every object inherits only if they are its own. */
const labelOf = (labels: LabelValues, key: string): string | undefined =>
  Object.hasOwn(labels, key) ? labels[key] : undefined;
