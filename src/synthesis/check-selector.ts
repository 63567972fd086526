import { labelKeyFault, labelValueFault } from "../definition/label-faults.ts";
import { asList, asRecord, asText } from "./fields.ts";

/** A label selector, by the rules of the API server. @param at - Its path in the object. */
export function checkSelector(at: string, selector: unknown): readonly string[] {
  const { matchLabels, matchExpressions } = asRecord(selector);
  return [
    ...Object.entries(asRecord(matchLabels)).flatMap(([key, value]) => checkLabel(at, key, [value])),
    ...asList(matchExpressions).flatMap((expression) => checkExpression(at, asRecord(expression))),
  ];
}

function checkLabel(at: string, key: string, values: readonly unknown[]): readonly string[] {
  const wrongKey = labelKeyFault(key);
  if (wrongKey !== undefined) return [`${at}: ${wrongKey}`];
  return values.flatMap((value) => {
    const wrongValue = labelValueFault(value);
    return wrongValue === undefined ? [] : [`${at}.${key}: ${wrongValue}`];
  });
}

/** Which operators there are is said with the fields. */
function checkExpression(at: string, expression: Readonly<Record<string, unknown>>): readonly string[] {
  const { operator } = expression;
  const [key, values] = [asText(expression["key"]), asList(expression["values"])];
  const comparesValues = operator === "In" || operator === "NotIn";
  return [
    ...checkLabel(at, key, values),
    ...(comparesValues && values.length === 0 ? [`${at}.${key}: ${operator} has no values; name at least one`] : []),
    ...(!comparesValues && values.length > 0 ? [`${at}.${key}: ${operator} takes no values; leave them out`] : []),
  ];
}
