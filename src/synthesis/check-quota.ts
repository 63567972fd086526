import type { Manifest } from "../model/manifest.ts";
import { isKept, parseQuantity } from "../model/quantity.ts";
import { groupOf } from "../model/ref.ts";
import { asList, asRecord, asText, asTexts } from "./fields.ts";
import { fitsScope, forcesValue, isWhole, quotaKeyFault } from "./quota-keys.ts";

/** ResourceQuotas: keys, quantities and scopes. */
export function checkQuota({ apiVersion, kind, ...fields }: Manifest): readonly string[] {
  if (kind !== "ResourceQuota" || groupOf(apiVersion) !== "") return [];
  const spec = asRecord(fields["spec"]);
  const hard = asRecord(spec["hard"]);
  return [
    ...Object.entries(hard).flatMap(([key, amount]) => checkHard(key, amount)),
    ...checkScopes(Object.keys(hard), spec),
  ];
}

/**
 * What a quota asks of pods that no default of ours gives them: one that counts only some pods would give defaults to all.
 *
 * @returns undefined where it asks for nothing.
 */
export function quotaWarning({ kind, ...manifest }: Manifest): string | undefined {
  const { hard, scopes, scopeSelector } = asRecord(manifest["spec"]);
  if (kind !== "ResourceQuota" || (scopes === undefined && scopeSelector === undefined)) return undefined;
  const asked = Object.keys(asRecord(hard)).filter(forcesValue);
  if (asked.length === 0) return undefined;
  return `refuses pods of its scope that do not name ${asked.join(", ")}; give limits with defaults, or see that they do`;
}

type Fields = Readonly<Record<string, unknown>>;

function checkHard(key: string, amount: unknown): readonly string[] {
  const wrongKey = quotaKeyFault(key);
  const wrongAmount = quantityFault(amount);
  const isBroken = wrongAmount === undefined && isWhole(key) && !Number.isInteger(parseQuantity(amount as string));
  return [
    ...(wrongKey === undefined ? [] : [`spec.hard: "${key}" ${wrongKey}`]),
    ...(wrongAmount === undefined ? [] : [`spec.hard.${key}: ${wrongAmount}`]),
    ...(isBroken ? [`spec.hard.${key}: "${amount}" is no whole number; write one`] : []),
  ];
}

/** The API server makes what it cannot hold in 63 bits the most that it can. */
const END_OF_QUANTITIES = 2 ** 63;

/** What is wrong with an amount of a resource; undefined for a right one. */
export function quantityFault(amount: unknown): string | undefined {
  const value = typeof amount === "string" || typeof amount === "number" ? parseQuantity(amount) : undefined;
  if (value === undefined) return `"${amount}" is no quantity; write it as 2, "500m" or "4Gi"`;
  if (value < 0) return `"${amount}" is less than nothing; write 0 or more`;
  if (value >= END_OF_QUANTITIES) return `"${amount}" is more than the API server keeps; write less than 8Ei`;
  return isKept(String(amount))
    ? undefined
    : `"${amount}" is finer than 1m, so that the API server changes it; round it`;
}

const OPPOSITES: readonly (readonly [string, string])[] = [
  ["BestEffort", "NotBestEffort"],
  ["Terminating", "NotTerminating"],
];

const SCOPES = ["BestEffort", "NotBestEffort", "Terminating", "NotTerminating", "CrossNamespacePodAffinity"];
const SCOPES_WITH_VALUES = ["PriorityClass", "VolumeAttributesClass"];

function checkScopes(keys: readonly string[], spec: Fields): readonly string[] {
  const expressions = asList(asRecord(spec["scopeSelector"])["matchExpressions"]).map(asRecord);
  const scopes = [...asTexts(spec["scopes"]), ...expressions.map(({ scopeName }) => asText(scopeName))];
  return [
    ...scopes.flatMap((scope) => checkScope(scope, keys)),
    ...OPPOSITES.filter(([a, b]) => scopes.includes(a) && scopes.includes(b)).map(
      ([a, b]) => `spec.scopes: ${a} and ${b} leave nothing to count; take one of them`,
    ),
    ...expressions.flatMap(checkExpression),
  ];
}

function checkScope(scope: string, keys: readonly string[]): readonly string[] {
  if (!SCOPES.includes(scope) && !SCOPES_WITH_VALUES.includes(scope)) {
    return [`spec.scopes: "${scope}" is no scope; use ${[...SCOPES, ...SCOPES_WITH_VALUES].join(", ")}`];
  }
  return keys
    .filter((key) => quotaKeyFault(key) === undefined && !fitsScope(scope, key))
    .map((key) => `spec.hard: "${key}" cannot be counted in scope ${scope}; put it into a quota of its own`);
}

function checkExpression({ scopeName, operator, values }: Fields): readonly string[] {
  const at = `spec.scopeSelector: ${scopeName}`;
  const count = asTexts(values).length;
  switch (operator) {
    case "In":
    case "NotIn":
      if (!SCOPES_WITH_VALUES.includes(asText(scopeName))) return [`${at} has no values to compare; use Exists`];
      return count > 0 ? [] : [`${at} ${operator} needs values; name at least one`];
    case "Exists":
    case "DoesNotExist":
      if (operator === "DoesNotExist" && !SCOPES_WITH_VALUES.includes(asText(scopeName)))
        return [`${at} can only be Exists; correct its operator`];
      return count === 0 ? [] : [`${at} ${operator} takes no values; leave them out`];
    default:
      return [`${at}: "${operator}" is no operator; use In, NotIn, Exists or DoesNotExist`];
  }
}
