import { isLabelValue, isQualifiedName } from "../model/names.ts";

/** What is wrong with the key of a label; undefined for a right one. */
export const labelKeyFault = (key: string): string | undefined =>
  isQualifiedName(key) ? undefined : `"${key}" is no label key; write it as name or domain/name`;

/** What is wrong with the value of a label; undefined for a right one. */
export const labelValueFault = (value: unknown): string | undefined =>
  typeof value === "string" && isLabelValue(value)
    ? undefined
    : `"${value}" is no label value; use at most 63 of a-z, A-Z, 0-9, -, _ and .`;
