import { FIELD_MANAGER } from "./labels.ts";
import type { LiveManifest, Manifest } from "./manifest.ts";
import { normalForm, withStringData } from "./normal-form.ts";
import { type Fields, isEmpty, isFields, isSame, valueAt } from "./same-value.ts";

/**
 * Where a stored object is not as its manifest says, as far as that is ours to say: fields of the manifest that are
 * absent, have another value or are not owned by the field manager, and fields that it owns but the manifest no longer has.
 * What others own beside them is theirs. Empty exactly if its server-side apply of the manifest would change nothing.
 *
 * What an API server stores otherwise than it was written is compared by meaning, for the kinds that
 * {@link normalForm} names. An object of another kind whose atomic list holds defaults of the server is always told.
 *
 * @param manager - Field manager of who writes the object; by default our own.
 * @returns Paths as Kubernetes writes them, without the leading dot: `spec.hard.pods`, `spec.ports[port=80].targetPort`.
 * They hold no values but the keys of lists.
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
export const driftOf = (manifest: Manifest, live: LiveManifest, manager = FIELD_MANAGER): readonly string[] =>
  comparison(manifest, live, manager).map(({ path }) => path);

/**
 * {@link driftOf} without what the field manager has beyond the manifest, for one that fills in fields of its own accord.
 *
 * @returns Paths of the manifest's fields that are absent, have another value, or are not that field manager's.
 */
export const lackOf = (manifest: Manifest, live: LiveManifest, manager: string): readonly string[] =>
  comparison(manifest, live, manager).flatMap(({ path, isExtra }) => (isExtra ? [] : [path]));

interface Told {
  readonly path: string;
  /** It is owned, and the manifest does not have it. */
  readonly isExtra: boolean;
}

function comparison(manifest: Manifest, live: LiveManifest, manager: string): readonly Told[] {
  const told: Told[] = [];
  compareFields(
    "",
    contentOf(normalForm(manifest)),
    contentOf(normalForm(withStringData(live))),
    ownedFields(live, manager) ?? {},
    told,
  );
  return told;
}

/** `fieldsV1` of what a field manager applied; undefined where it applied nothing, or lost all of it to others. */
function ownedFields({ metadata: { managedFields = [] } }: LiveManifest, applier: string): Fields | undefined {
  return managedFields.find(
    ({ manager, operation, subresource = "" }) => manager === applier && operation === "Apply" && subresource === "",
  )?.fieldsV1;
}

const NOT_CONTENT: ReadonlySet<string> = new Set(["apiVersion", "kind", "status"]);

const SERVER_METADATA: ReadonlySet<string> = new Set([
  "name",
  "namespace",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "managedFields",
  "selfLink",
]);

/** Without what names the object, and what only the API server writes. */
function contentOf(object: Fields): Fields {
  const { metadata, ...content } = withoutKeys(object, NOT_CONTENT);
  const meta = isFields(metadata) ? withoutKeys(metadata, SERVER_METADATA) : {};
  return Object.keys(meta).length === 0 ? content : { ...content, metadata: meta };
}

const withoutKeys = (fields: Fields, keys: ReadonlySet<string>): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([key]) => !keys.has(key)));

const lacking = (path: string): Told => ({ path, isExtra: false });
const extra = (path: string): Told => ({ path, isExtra: true });

/** @param owned - The node of `fieldsV1` for that value; undefined where we do not own it. */
function compare(path: string, wanted: unknown, has: unknown, owned: Fields | undefined, told: Told[]): void {
  if (owned === undefined) {
    const differing = differences(path, wanted, has);
    told.push(...(differing.length > 0 ? differing : [path]).map(lacking));
  } else if (Object.keys(owned).length === 0) {
    if (!isSameLeaf(path, wanted, has)) told.push(lacking(path));
  } else if (isFields(wanted)) {
    compareFields(path, wanted, isFields(has) ? has : {}, owned, told);
  } else if (Array.isArray(wanted)) {
    compareElements(path, wanted, Array.isArray(has) ? has : [], owned, told);
  } else {
    told.push(lacking(path));
  }
}

function compareFields(path: string, wanted: Fields, has: Fields, owned: Fields, told: Told[]): void {
  const at = (key: string): string => (path === "" ? key : `${path}.${key}`);
  for (const [key, value] of Object.entries(wanted)) {
    if (value !== undefined) compare(at(key), value, valueAt(has, key), nodeAt(owned, `f:${key}`), told);
  }
  for (const node of Object.keys(owned)) {
    const key = node.slice(2);
    if (node.startsWith("f:") && valueAt(wanted, key) === undefined) told.push(extra(at(key)));
  }
}

/** A list whose elements have owners of their own: found by their keys (`k:`), or by their values (`v:`). */
function compareElements(
  path: string,
  wanted: readonly unknown[],
  has: readonly unknown[],
  owned: Fields,
  told: Told[],
): void {
  const nodes = Object.keys(owned).filter((node) => /^[kv]:/.test(node));
  const kept = new Set<string>();
  for (const element of wanted) {
    const node = nodes.find((each) => isElement(each, element));
    if (node === undefined) {
      if (!told.some((each) => each.path === path)) told.push(lacking(path));
      continue;
    }
    kept.add(node);
    const live = has.find((each) => isElement(node, each));
    if (isFields(element)) compare(pathOf(path, node), element, live, nodeAt(owned, node), told);
    else if (live === undefined) told.push(lacking(pathOf(path, node)));
  }
  told.push(...nodes.filter((node) => !kept.has(node)).map((node) => extra(pathOf(path, node))));
}

/** Keys that the API server fills in before it looks for the element. */
const KEY_DEFAULTS: Fields = { protocol: "TCP" };

function isElement(node: string, element: unknown): boolean {
  const named: unknown = JSON.parse(node.slice(2));
  if (!node.startsWith("k:") || !isFields(named)) return isSame(named, element);
  return (
    isFields(element) &&
    Object.entries(named).every(([key, value]) => isSame(value, valueAt(element, key) ?? valueAt(KEY_DEFAULTS, key)))
  );
}

function pathOf(path: string, node: string): string {
  const named: unknown = JSON.parse(node.slice(2));
  if (!isFields(named)) return `${path}[${JSON.stringify(named)}]`;
  return `${path}[${Object.entries(named)
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join(",")}]`;
}

const nodeAt = (owned: Fields, key: string): Fields | undefined => {
  const node = valueAt(owned, key);
  return isFields(node) ? node : undefined;
};

/** Where two values differ, told as deep as maps go. */
function differences(path: string, wanted: unknown, has: unknown): readonly string[] {
  if (!isFields(wanted) || !isFields(has)) return isSame(wanted, has) ? [] : [path];
  return Object.entries(wanted)
    .filter(([, value]) => value !== undefined)
    .flatMap(([key, value]) => differences(`${path}.${key}`, value, valueAt(has, key)));
}

/** Maps from names to texts or quantities; each name has an owner of its own. */
const NAME_MAPS: ReadonlySet<string> = new Set(["labels", "annotations", "data", "binaryData", "stringData", "hard"]);

/**
 * Compare what has one owner. An empty value may have been dropped by the API server: as long as it is ours, nobody else
 * took away anything. Beside an empty map of names, others may have theirs.
 */
function isSameLeaf(path: string, wanted: unknown, has: unknown): boolean {
  if (!isEmpty(wanted)) return isSame(wanted, has);
  return isEmpty(has) || (isFields(wanted) && NAME_MAPS.has(path.slice(path.lastIndexOf(".") + 1)));
}
