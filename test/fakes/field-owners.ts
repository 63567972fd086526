import { isDeepStrictEqual } from "node:util";
import type { JsonObject, LiveManifest, ManagedFields, Manifest } from "../../src/model/manifest.ts";

interface Writer {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
}

export interface FieldConflict {
  readonly field: string;
  readonly manager: string;
}

type Tree = { [key: string]: unknown };
/** Leaves by their path, which is a list of keys in JSON. */
type Leaves = ReadonlyMap<string, unknown>;
interface Entry extends Writer {
  readonly paths: ReadonlySet<string>;
}

/** Maps that have one owner as a whole. Lists have so too, here all of them. */
const ATOMIC_MAPS: ReadonlySet<string> = new Set(["roleRef", "podSelector", "scopeSelector", "selector"]);

const SERVER_FIELDS = ["uid", "resourceVersion", "creationTimestamp", "deletionTimestamp", "managedFields"];

/** The object as server-side apply makes it, unless there are conflicts. */
export function applyFields(
  live: LiveManifest,
  manifest: Manifest,
  manager: string,
): { readonly object: LiveManifest; readonly conflicts: readonly FieldConflict[] } {
  const wanted = leavesOf(manifest);
  const entries = entriesOf(live);
  const isOurs = (entry: Entry): boolean => entry.manager === manager && entry.operation === "Apply";
  const others = entries.filter((entry) => !isOurs(entry));
  const changed = [...wanted.keys()].filter((path) => isChanged(wanted.get(path), valueAt(live, JSON.parse(path))));
  const conflicts = others.flatMap((entry) =>
    changed.filter((path) => entry.paths.has(path)).map((path) => ({ field: fieldOf(path), manager: entry.manager })),
  );
  const object = structuredClone(live) as Tree;
  const dropped = entries.filter(isOurs).flatMap(({ paths }) => [...paths].filter((path) => !wanted.has(path)));
  for (const path of dropped) if (!others.some(({ paths }) => paths.has(path))) removeAt(object, JSON.parse(path));
  for (const path of changed) setAt(object, JSON.parse(path), wanted.get(path));
  const ours: Entry = { manager, operation: "Apply", paths: new Set(wanted.keys()) };
  return { object: withOwners(object, [ours, ...without(others, new Set(changed))]), conflicts };
}

/** The object after somebody wrote it as a whole: what changed is the writer's alone. */
export function updateFields(live: LiveManifest | undefined, object: Manifest, manager: string): LiveManifest {
  const before = live === undefined ? new Map() : leavesOf(live);
  const after = leavesOf(object);
  const changed = [...after.keys()].filter((path) => !isDeepStrictEqual(after.get(path), before.get(path)));
  const touched = new Set([...changed, ...[...before.keys()].filter((path) => !after.has(path))]);
  const kept = live === undefined ? [] : without(entriesOf(live), touched);
  const isOurs = (entry: Entry): boolean => entry.manager === manager && entry.operation === "Update";
  const paths = new Set([...kept.filter(isOurs).flatMap((entry) => [...entry.paths]), ...changed]);
  const others = kept.filter((entry) => !isOurs(entry));
  return withOwners(structuredClone(object) as Tree, [...others, { manager, operation: "Update", paths }]);
}

function leavesOf(object: Manifest): Leaves {
  const { apiVersion: _v, kind: _k, status: _s, metadata, ...content } = object;
  const meta = Object.entries(metadata).filter(([key]) => !["name", "namespace", ...SERVER_FIELDS].includes(key));
  const leaves = new Map<string, unknown>();
  collectLeaves({ ...content, metadata: Object.fromEntries(meta) }, [], leaves);
  leaves.delete('["metadata"]');
  return leaves;
}

function collectLeaves(value: unknown, path: readonly string[], leaves: Map<string, unknown>): void {
  const isGranular = isTree(value) && !ATOMIC_MAPS.has(path.at(-1) ?? "") && Object.keys(value).length > 0;
  if (!isGranular) {
    if (path.length > 0) leaves.set(JSON.stringify(path), value);
    return;
  }
  for (const [key, child] of Object.entries(value)) collectLeaves(child, [...path, key], leaves);
}

function entriesOf(live: LiveManifest): readonly Entry[] {
  return (live.metadata.managedFields ?? []).map(({ manager = "", operation, fieldsV1 = {} }) => {
    const paths = new Set<string>();
    collectPaths(fieldsV1, [], paths);
    return { manager, operation: operation === "Apply" ? "Apply" : "Update", paths };
  });
}

function collectPaths(fields: JsonObject, path: readonly string[], paths: Set<string>): void {
  const children = Object.entries(fields);
  if (children.length === 0 && path.length > 0) paths.add(JSON.stringify(path));
  for (const [key, child] of children) collectPaths(child as JsonObject, [...path, key.slice(2)], paths);
}

function withOwners(object: Tree, entries: readonly Entry[]): LiveManifest {
  const apiVersion = object["apiVersion"];
  const managedFields: readonly ManagedFields[] = entries
    .filter(({ paths }) => paths.size > 0)
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
    .map(({ manager, operation, paths }) => {
      const fieldsV1: Tree = {};
      for (const path of [...paths].sort())
        setAt(
          fieldsV1,
          JSON.parse(path).map((key: string) => `f:${key}`),
          {},
        );
      return { manager, operation, apiVersion, fieldsType: "FieldsV1", fieldsV1: fieldsV1 as JsonObject };
    });
  return { ...object, metadata: { ...(object["metadata"] as Tree), managedFields } } as unknown as LiveManifest;
}

const without = (entries: readonly Entry[], paths: ReadonlySet<string>): readonly Entry[] =>
  entries.map((entry) => ({ ...entry, paths: new Set([...entry.paths].filter((path) => !paths.has(path))) }));

/** An empty map stands beside what others have in it. */
function isChanged(wanted: unknown, has: unknown): boolean {
  const isEmptyMap = isTree(wanted) && Object.keys(wanted).length === 0;
  return !isDeepStrictEqual(wanted, has) && !(isEmptyMap && isTree(has));
}

const valueAt = (tree: unknown, path: readonly string[]): unknown =>
  path.reduce((value, key) => (isTree(value) && Object.hasOwn(value, key) ? value[key] : undefined), tree);

const keyOf = ({ manager, operation }: Writer): string => `${operation} ${manager}`;

const fieldOf = (path: string): string => `.${JSON.parse(path).join(".")}`;

const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null && !Array.isArray(value);

function setAt(tree: Tree, [key = "", ...rest]: readonly string[], value: unknown): void {
  const child = valueAt(tree, [key]);
  const next: Tree = isTree(child) ? child : {};
  if (rest.length > 0) setAt(next, rest, value);
  // unlike an assignment, this takes __proto__ for a name like any other
  const own = { enumerable: true, writable: true, configurable: true };
  Object.defineProperty(tree, key, { ...own, value: rest.length > 0 ? next : value });
}

/** Removes what stands there, and the maps around it that are empty then. */
function removeAt(tree: Tree, [key = "", ...rest]: readonly string[]): void {
  const child = valueAt(tree, [key]);
  if (rest.length > 0 && isTree(child)) removeAt(child, rest);
  if (rest.length === 0 || (isTree(child) && Object.keys(child).length === 0)) delete tree[key];
}
