import { CloudError } from "../model/error.ts";
import { formatKey, formatNumber, formatText, Unwritable } from "./yaml-scalar.ts";

/**
 * One manifest as a YAML document that readers of YAML 1.1 and 1.2 understand alike: `apiVersion`, `kind`, `metadata`
 * first, all other keys sorted, lists as kubectl prints them. Properties that are undefined are left out.
 *
 * It exists because it is twenty times quicker than a general emitter, which would cost more than all of synthesis.
 *
 * @param manifest - Plain JSON: no class instances, functions, dates, or numbers that JSON does not have.
 * @returns Lines that end with a newline; the same value gives the same text, whatever the order of its keys.
 * @throws {@link CloudError} `INVALID`: the path of what YAML cannot hold, and why.
 */
export function formatManifest(manifest: object): string {
  try {
    return `${isEmpty(manifest) ? "{}" : mapping(manifest, documentKeys(manifest), "\n")}\n`;
  } catch (error) {
    if (!(error instanceof Unwritable)) throw error;
    throw new CloudError("INVALID", `${pathTo(manifest, error.culprit) ?? "manifest"} ${error.message}`);
  }
}

/** A file of several manifests, in their order. */
export const formatManifests = (manifests: readonly object[]): string =>
  joinDocuments(manifests.map((manifest) => formatManifest(manifest)));

/** A file of documents that {@link formatManifest} has written, in their order. */
export const joinDocuments = (documents: readonly string[]): string => documents.join("---\n");

const DOCUMENT_HEAD: readonly string[] = ["apiVersion", "kind", "metadata"];

function documentKeys(manifest: object): readonly string[] {
  return [...DOCUMENT_HEAD, ...sortedKeys(manifest).filter((key) => !DOCUMENT_HEAD.includes(key))];
}

/**
 * The functions below return what stands at the place where the caller is, without a final newline.
 *
 * @param newline - A newline and the blanks that lead to the column where entries or items of the value start.
 */
function mapping(value: object, keys: readonly string[], newline: string): string {
  let text = "";
  for (const key of keys) {
    const child = (value as Readonly<Record<string, unknown>>)[key];
    if (child === undefined) continue;
    const name = formatKey(key, value);
    text += text === "" ? name : newline + name;
    if (typeof child === "string") text += `: ${formatText(child, newline)}`;
    else if (typeof child !== "object" || child === null || isEmpty(child)) text += `: ${formatAtom(child)}`;
    else if (Array.isArray(child)) text += `:${newline}${sequence(child, newline)}`;
    else text += `:${newline}  ${mapping(child, sortedKeys(child), `${newline}  `)}`;
  }
  return text;
}

function sequence(items: readonly unknown[], newline: string): string {
  let text = "";
  const inner = `${newline}  `;
  for (const item of items) {
    text += text === "" ? "- " : `${newline}- `;
    if (typeof item === "string") text += formatText(item, newline);
    else if (typeof item !== "object" || item === null || isEmpty(item)) text += formatAtom(item);
    else if (Array.isArray(item)) text += sequence(item, inner);
    else text += mapping(item, sortedKeys(item), inner);
  }
  return text;
}

function isEmpty(value: object): boolean {
  if (Array.isArray(value)) return value.length === 0;
  const prototype = Object.getPrototypeOf(value);
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  if (!isPlain) throw new Unwritable(value, `is a ${prototype.constructor?.name}; give plain JSON`);
  for (const key in value) if ((value as Readonly<Record<string, unknown>>)[key] !== undefined) return false;
  return true;
}

/** For a few keys, which most mappings have, this is three times quicker than Array's own sort. */
function sortedKeys(value: object): string[] {
  const keys = Object.keys(value);
  if (keys.length > 12) return keys.sort();
  for (let end = 1; end < keys.length; end++) {
    const key = keys[end] as string;
    let at = end;
    for (; at > 0 && (keys[at - 1] as string) > key; at--) keys[at] = keys[at - 1] as string;
    keys[at] = key;
  }
  return keys;
}

function formatAtom(value: unknown): string {
  if (typeof value === "number" && Number.isFinite(value)) return formatNumber(value);
  if (typeof value === "boolean" || value === null) return String(value);
  if (typeof value === "object") return Array.isArray(value) ? "[]" : "{}";
  throw new Unwritable(value, `is ${typeof value === "number" ? value : `a ${typeof value}`}; give plain JSON`);
}

/** `.spec.rules.0`: where in a value another one is; undefined if it is not a value in it. */
function pathTo(value: unknown, culprit: unknown): string | undefined {
  if (Object.is(value, culprit)) return "";
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, child] of Object.entries(value)) {
    const path = pathTo(child, culprit);
    if (path !== undefined) return `.${key}${path}`;
  }
  return undefined;
}
