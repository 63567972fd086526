import type { FieldChange, ObjectChange } from "../../model/diff.ts";
import type { Manifest } from "../../model/manifest.ts";
import { formatRef, refKey, refOf } from "../../model/ref.ts";
import type { RenderedCluster } from "../../rendered/rendered-cluster.ts";
import { diffFields, isEqual } from "./diff-fields.ts";

/** Objects of a cluster that come, go or change; by cloud, then by ref. What post-sync asks for is among them. */
export function diffObjects(
  base: RenderedCluster | undefined,
  head: RenderedCluster | undefined,
): readonly ObjectChange[] {
  const [before, after] = [objectsOf(base), objectsOf(head)];
  return [...new Set([...before.keys(), ...after.keys()])]
    .flatMap((key) => changeOf(before.get(key), after.get(key)))
    .map((change) => ({ change, order: orderOf(change) }))
    .sort((a, b) => (a.order < b.order ? -1 : 1))
    .map(({ change }) => change);
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
  if (isEqual(before.manifest, after.manifest)) return [];
  const fields = diffFields(before.manifest, after.manifest);
  return [{ ...place, action: "changed", fields: ref.kind === "Secret" ? fields.map(hidden) : fields }];
}

/** No two objects of a cluster have the same. */
const orderOf = ({ cloud = "", ref }: ObjectChange): string => `${cloud} ${formatRef(ref)} ${refKey(ref)}`;

const hidden = ({ path, before, after }: FieldChange): FieldChange => ({
  path,
  ...(before === undefined ? {} : { before: "hidden" }),
  ...(after === undefined ? {} : { after: "hidden" }),
});
