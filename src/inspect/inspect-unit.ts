import type { KubeApi } from "../kube-api/kube-api.ts";
import { mapConcurrently } from "../kube-api/map-concurrently.ts";
import { type Failure, failureOf } from "../model/change.ts";
import { CloudError, concernsCluster } from "../model/error.ts";
import type { Inventory } from "../model/inventory.ts";
import type { Manifest } from "../model/manifest.ts";
import { driftOf } from "../model/owned-fields.ts";
import { describeOwner, isOurs } from "../model/owner.ts";
import { type Ref, refKey, refOf } from "../model/ref.ts";
import type { DeliveryState, DriftedObject, ForeignObject, ObjectsStatus } from "../model/status.ts";
import type { RenderedUnit } from "../rendered/rendered-cluster.ts";

/** Objects of one unit that are read at a time. */
const OBJECTS_AT_ONCE = 6;

/** What was found where an object should be. */
type Finding =
  | { readonly kind: "ours" }
  | { readonly kind: "missing"; readonly ref: Ref }
  | ({ readonly kind: "drifted" } & DriftedObject)
  | ({ readonly kind: "foreign" } & ForeignObject)
  | ({ readonly kind: "unreadable" } & Failure);

/**
 * Compare a unit with its objects in a cluster.
 *
 * @param inventory - What the last delivery remembers of it.
 * @throws {@link CloudError} that concerns the whole cluster.
 */
export async function inspectUnit(
  api: KubeApi,
  unit: RenderedUnit,
  inventory: Inventory | undefined,
): Promise<ObjectsStatus> {
  const uids = new Map(inventory?.entries.map(({ ref, uid }) => [refKey(ref), uid]));
  const findings = await mapConcurrently(unit.manifests, OBJECTS_AT_ONCE, (manifest) =>
    inspectObject(api, manifest, unit.cloud, uids.get(refKey(refOf(manifest)))),
  );
  return {
    state: stateOf(findings),
    missing: findings.flatMap((each) => (each.kind === "missing" ? [each.ref] : [])),
    drifted: findings.flatMap((each) => (each.kind === "drifted" ? [{ ref: each.ref, fields: each.fields }] : [])),
    foreign: findings.flatMap((each) => (each.kind === "foreign" ? [{ ref: each.ref, owner: each.owner }] : [])),
    failures: findings.flatMap((each) =>
      each.kind === "unreadable" ? [{ code: each.code, message: each.message }] : [],
    ),
  };
}

async function inspectObject(
  api: KubeApi,
  manifest: Manifest,
  cloud: string | undefined,
  knownUid: string | undefined,
): Promise<Finding> {
  const ref = refOf(manifest);
  try {
    const live = await api.get(ref);
    if (live === undefined) return { kind: "missing", ref };
    if (!isOurs(live, cloud, knownUid)) return { kind: "foreign", ref, owner: describeOwner(live) };
    const fields = driftOf(manifest, live);
    return fields.length === 0 ? { kind: "ours" } : { kind: "drifted", ref, fields };
  } catch (error) {
    if (!(error instanceof CloudError) || concernsCluster(error)) throw error;
    return { kind: "unreadable", ...failureOf(error, api.cluster) };
  }
}

function stateOf(findings: readonly Finding[]): DeliveryState {
  const isOneOf =
    (...kinds: readonly Finding["kind"][]) =>
    ({ kind }: Finding) =>
      kinds.includes(kind);
  if (findings.some(isOneOf("unreadable"))) return "unknown";
  if (findings.every(isOneOf("ours", "drifted"))) return "delivered";
  return findings.some(isOneOf("ours", "drifted")) ? "partly" : "absent";
}
