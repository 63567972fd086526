import { findNear } from "../model/near-word.ts";

/** What a value may be. A form that is not named is a fault. */
export interface Shape {
  /** Any text, or one of these. */
  readonly text?: true | readonly string[];
  readonly number?: true;
  readonly flag?: true;
  /** What each item is. */
  readonly list?: Shape;
  /** An object with keys of the user: what each value is. */
  readonly values?: Shape;
  /** An object with known keys: the first of these whose tag it has, else whose required keys it has, else the last. */
  readonly fields?: readonly Fields[];
  /** What cdk8s resolves later. */
  readonly lazy?: true;
  /** Whatever: it is checked elsewhere. */
  readonly any?: true;
  /** Whether the field that has this shape must be there. */
  readonly required?: true;
  /** Whether a part that is wrong leaves nothing of it that means what was meant. */
  readonly whole?: true;
}

export type Fields = Readonly<Record<string, Shape>>;

/** Fields that are exactly those of a type, so that a field more or less there does not compile here. */
export type FieldsOf<T> = {
  readonly [K in keyof T]-?: Record<never, never> extends Pick<T, K>
    ? Shape & { readonly required?: never }
    : Shape & { readonly required: true };
};

/** The words of a type, all of them. */
export const oneOf = <W extends string>(words: Readonly<Record<W, true>>) => ({ text: Object.keys(words) });

export const text = { text: true } as const;
export const texts = { list: text } as const;
export const textByKey = { values: text } as const;
export const flag = { flag: true } as const;
export const number = { number: true } as const;
export const quantity = { text: true, number: true, lazy: true } as const;

/** The shape of a field that must be there. */
export const must = <S extends Shape>(shape: S) => ({ ...shape, required: true }) as const;

/**
 * What the type checker would say of a value, for those who do not run it.
 *
 * @param at - Path of the value; empty for the props themselves.
 */
export function shapeFaults(value: unknown, shape: Shape, at: string): readonly string[] {
  if (shape.any === true) return [];
  if (typeof value === "string" && shape.text !== undefined) return wordFaults(value, shape, at);
  if (typeof value === "number" && shape.number === true) return [];
  if (typeof value === "boolean" && shape.flag === true) return [];
  const { list, values, fields } = shape;
  if (Array.isArray(value) && list !== undefined) {
    return value.flatMap((item, index) => shapeFaults(item, list, `${at}[${index}]`));
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    if (!isPlainObject(value)) return shape.lazy === true ? [] : [wrongForm(value, shape, at)];
    if (fields !== undefined) return fieldFaults(value, fields, at);
    if (values !== undefined) return valueFaults(value, values, at);
  }
  return [wrongForm(value, shape, at)];
}

const wrongForm = (value: unknown, shape: Shape, at: string): string =>
  `${at === "" ? "" : `${at}: `}is ${formOf(value)}; give ${formsOf(shape)}`;

function wordFaults(value: string, shape: Shape, at: string): readonly string[] {
  const words = shape.text ?? [];
  if (words === true || words.includes(value)) return [];
  return [`${at}: "${value}" is not known; ${nearest(value, words) ?? `give ${formsOf(shape)}`}`];
}

const valueFaults = (value: object, shape: Shape, at: string): readonly string[] =>
  Object.entries(value).flatMap(([key, each]) => shapeFaults(each, shape, dot(at, key)));

function fieldFaults(value: object, alternatives: readonly Fields[], at: string): readonly string[] {
  const given = new Map(Object.entries(value).filter(([, each]) => each !== undefined));
  const fields = meantFields(value, alternatives);
  const known = Object.keys(fields);
  const missing = requiredOf(fields).filter((key) => !given.has(key));
  return [
    ...missing.map((key) => `${dot(at, key)}: is missing; give ${formsOf(fields[key] ?? {})}`),
    ...[...given].flatMap(([key, each]) => {
      const shape = Object.hasOwn(fields, key) ? fields[key] : undefined;
      if (shape !== undefined) return shapeFaults(each, shape, dot(at, key));
      return [`${dot(at, key)}: is not known; ${nearest(key, known) ?? `use ${known.join(", ")}`}`];
    }),
  ];
}

/** Those of the alternatives that a value is meant to have. */
export const meantFields = (value: object, alternatives: readonly Fields[]): Fields =>
  alternatives.find((fields) => hasTag(value, fields)) ??
  alternatives.find((fields) => requiredOf(fields).every((key) => Object.hasOwn(value, key))) ??
  alternatives.at(-1) ??
  {};

/** Whether it says the one word that a required field of an alternative takes. */
const hasTag = (value: object, fields: Fields): boolean =>
  Object.entries(fields).some(
    ([key, { required, text: words }]) =>
      required === true && Array.isArray(words) && words.length === 1 && Reflect.get(value, key) === words[0],
  );

/** The fields that must be there. */
export const requiredOf = (fields: Fields): readonly string[] =>
  Object.keys(fields).filter((key) => fields[key]?.required);

const dot = (at: string, key: string): string => (at === "" ? key : `${at}.${key}`);

export function isPlainObject(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function formOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return isPlainObject(value) ? "an object" : "an object of a class";
  return typeof value === "string" ? "a text" : `a ${typeof value}`;
}

function formsOf({ text, number, flag, list, values, fields }: Shape): string {
  const forms = [
    ...(text === true ? ["a text"] : (text ?? []).map((word) => `"${word}"`)),
    ...(number ? ["a number"] : []),
    ...(flag ? ["true or false"] : []),
    ...(list ? ["a list"] : []),
    ...(values || fields ? ["an object"] : []),
  ];
  return forms.join(" or ");
}

function nearest(word: string, known: readonly string[]): string | undefined {
  const near = findNear(word, known);
  return near === undefined ? undefined : `did you mean "${near}"?`;
}
