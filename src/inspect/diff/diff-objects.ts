import type { FieldChange, ObjectChange } from "../../model/diff.ts";
import type { Manifest } from "../../model/manifest.ts";
import { formatRef, refKey, refOf } from "../../model/ref.ts";
import { type Fields, isFields } from "../../model/same-value.ts";
import type { RenderedCluster } from "../../rendered/rendered-cluster.ts";

/** Objects of a cluster that come, go or change; by cloud, then by ref. What post-sync asks for is among them. */
export function diffObjects(
  base: RenderedCluster | undefined,
  head: RenderedCluster | undefined,
): readonly ObjectChange[] {
  const [before, after] = [objectsOf(base), objectsOf(head)];
  const changes = [...new Set([...before.keys(), ...after.keys()])].flatMap((key) =>
    changeOf(before.get(key), after.get(key)),
  );
  return changes.sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
}

interface PlacedObject {
  readonly cloud: string | undefined;
  readonly manifest: Manifest;
}

function objectsOf(cluster: RenderedCluster | undefined): ReadonlyMap<string, PlacedObject> {
  const placed: readonly PlacedObject[] = [
    ...(cluster?.units ?? []).flatMap(({ cloud, manifests }) => manifests.map((manifest) => ({ cloud, manifest }))),
    ...(cluster?.clouds ?? []).flatMap(({ name, requests }) => requests.map((manifest) => ({ cloud: name, manifest }))),
  ];
  return new Map(placed.map((object) => [refKey(refOf(object.manifest)), object]));
}

function changeOf(before: PlacedObject | undefined, after: PlacedObject | undefined): readonly ObjectChange[] {
  const object = after ?? before;
  if (object === undefined) return [];
  const ref = refOf(object.manifest);
  const place = object.cloud === undefined ? { ref } : { ref, cloud: object.cloud };
  if (before === undefined) return [{ ...place, action: "added", fields: [] }];
  if (after === undefined) return [{ ...place, action: "removed", fields: [] }];
  const fields = diffFields(before.manifest, after.manifest);
  if (fields.length === 0) return [];
  return [{ ...place, action: "changed", fields: ref.kind === "Secret" ? fields.map(hidden) : fields }];
}

const orderOf = ({ cloud = "", ref }: ObjectChange): string => `${cloud} ${formatRef(ref)}`;

/** Fields of an object that differ; of what came or went as a whole, only the outermost. */
export function diffFields(before: object, after: object): readonly FieldChange[] {
  const found: FieldChange[] = [];
  compare("", before, after, found);
  return found;
}

function compare(path: string, before: unknown, after: unknown, found: FieldChange[]): void {
  if (Array.isArray(before) && Array.isArray(after)) {
    const length = Math.max(before.length, after.length);
    for (let at = 0; at < length; at++) compare(`${path}[${at}]`, before[at], after[at], found);
  } else if (isFields(before) && isFields(after)) {
    for (const key of keysOf(before, after)) compare(fieldPath(path, key), before[key], after[key], found);
  } else if (before !== after) {
    found.push({ path, ...told("before", before), ...told("after", after) });
  }
}

const keysOf = (before: Fields, after: Fields): readonly string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();

/** A key that holds a dot is written as kubectl's JSONPath has it. */
function fieldPath(path: string, key: string): string {
  if (/[.[\]/]/.test(key)) return `${path}['${key}']`;
  return path === "" ? key : `${path}.${key}`;
}

const told = (side: "before" | "after", value: unknown): Partial<FieldChange> =>
  value === undefined ? {} : { [side]: JSON.stringify(value) };

const hidden = ({ path, before, after }: FieldChange): FieldChange => ({
  path,
  ...(before === undefined ? {} : { before: "hidden" }),
  ...(after === undefined ? {} : { after: "hidden" }),
});
