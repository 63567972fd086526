import type { Manifest } from "../model/manifest.ts";
import { isQualifiedName } from "../model/names.ts";
import { parseQuantity } from "../model/quantity.ts";
import { groupOf } from "../model/ref.ts";
import { quantityFault } from "./check-quota.ts";
import { asList, asRecord, asText } from "./fields.ts";
import { isShareable, limitedResourceFault } from "./limit-resources.ts";

type Fields = Readonly<Record<string, unknown>>;

/** LimitRanges: types, resources and quantities, and how those have to do with each other, by the API server's rules. */
export function checkLimitRange({ apiVersion, kind, ...fields }: Manifest): readonly string[] {
  if (kind !== "LimitRange" || groupOf(apiVersion) !== "") return [];
  const limits = asList(asRecord(fields["spec"])["limits"]).map(asRecord);
  if (limits.length === 0) return ['spec.limits: is empty; add a limit, or write limits: "none"'];
  const types = limits.map(({ type }) => asText(type));
  const twice = new Set(types.filter((type, index) => types.indexOf(type) < index));
  return [
    ...[...twice].map((type) => `spec.limits: ${type} is there twice; make one of them`),
    ...limits.flatMap(checkLimit),
  ];
}

const TYPES = ["Container", "Pod", "PersistentVolumeClaim"];
const FIELDS = ["default", "defaultRequest", "max", "min", "maxLimitRequestRatio"];

function checkLimit(limit: Fields): readonly string[] {
  const type = asText(limit["type"]);
  if (!TYPES.includes(type) && !(type.includes("/") && isQualifiedName(type))) {
    return [`spec.limits: "${type}" is no type; use ${TYPES.join(", ")}`];
  }
  const faults = FIELDS.flatMap((field) =>
    Object.entries(asRecord(limit[field])).flatMap(([resource, amount]) =>
      [limitedResourceFault(type, resource), quantityFault(amount)]
        .filter((fault) => fault !== undefined)
        .map((fault) => `spec.limits.${type}.${field}.${resource}: ${fault}`),
    ),
  );
  if (faults.length > 0) return faults;
  return [...checkDefaults(type, limit), ...checkStorage(type, limit), ...checkAmounts(type, limit)];
}

function checkDefaults(type: string, limit: Fields): readonly string[] {
  const given = Object.keys({ ...asRecord(limit["default"]), ...asRecord(limit["defaultRequest"]) });
  return type === "Container" || given.length === 0
    ? []
    : [`spec.limits.${type}: only a Container has defaults; take them out`];
}

function checkStorage(type: string, { min, max }: Fields): readonly string[] {
  const bounds = { ...asRecord(min), ...asRecord(max) };
  return type !== "PersistentVolumeClaim" || "storage" in bounds
    ? []
    : [`spec.limits.${type}: bounds no storage; give storage under min or max`];
}

/** By field, thousandths of one resource: all that an API server keeps. */
type Amounts = Readonly<Record<string, number | undefined>>;

function checkAmounts(type: string, limit: Fields): readonly string[] {
  const resources = new Set(FIELDS.flatMap((field) => Object.keys(asRecord(limit[field]))));
  return [...resources].flatMap((resource) => {
    const amounts: Amounts = Object.fromEntries(
      FIELDS.map((field) => [field, thousandths(asRecord(limit[field])[resource])]),
    );
    const at = `spec.limits.${type}`;
    return [
      ...checkOrder(at, resource, amounts),
      ...checkRatio(`${at}.maxLimitRequestRatio.${resource}`, amounts),
      ...(type === "Container" && !isShareable(resource) ? checkUnshared(at, resource, amounts) : []),
    ];
  });
}

function thousandths(amount: unknown): number | undefined {
  if (amount === undefined) return undefined;
  return Math.round((parseQuantity(amount as string) ?? 0) * 1000);
}

/** From the least to the most; the API server asks for that order. */
const ORDER = ["min", "defaultRequest", "default", "max"];

function checkOrder(at: string, resource: string, amounts: Amounts): readonly string[] {
  const given = ORDER.filter((field) => amounts[field] !== undefined);
  return given.flatMap((field, index) => {
    const next = given[index + 1];
    if (next === undefined || Number(amounts[field]) <= Number(amounts[next])) return [];
    return [`${at}: ${field}.${resource} is more than ${next}.${resource}; lower it`];
  });
}

function checkRatio(at: string, { min, max, maxLimitRequestRatio: ratio }: Amounts): readonly string[] {
  if (ratio === undefined) return [];
  if (ratio < 1000) return [`${at}: is less than 1, which no limit keeps; write 1 or more`];
  const isOutOfReach = min !== undefined && max !== undefined && ratio / 1000 > max / min;
  return isOutOfReach ? [`${at}: is more than max is of min, so that it never counts; lower it`] : [];
}

/** A limit that nobody has given is the maximum. */
function checkUnshared(at: string, resource: string, amounts: Amounts): readonly string[] {
  const [limit, request] = [amounts["default"] ?? amounts["max"], amounts["defaultRequest"]];
  if (limit === undefined || request === undefined || limit === request) return [];
  return [`${at}: ${resource} cannot be shared, so that its default is its request too; leave defaultRequest out`];
}
