import type { KubeApi } from "../kube-api/kube-api.ts";
import { mapConcurrently } from "../kube-api/map-concurrently.ts";
import { subjectsOf } from "../model/binding-subjects.ts";
import { type Failure, failureOf } from "../model/change.ts";
import { CloudError, concernsCluster } from "../model/error.ts";
import type { Manifest } from "../model/manifest.ts";
import { type Ref, refOf } from "../model/ref.ts";
import type { DeliveryState, DriftedObject, ForeignObject, ObjectsStatus } from "../model/status.ts";
import type { RenderedUnit } from "../rendered/rendered-cluster.ts";
import type { UnitWriter } from "./unit-writer.ts";

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
 * @throws {@link CloudError} that concerns the whole cluster.
 */
export async function inspectUnit(
  api: KubeApi,
  { manifests }: RenderedUnit,
  writer: UnitWriter,
): Promise<ObjectsStatus> {
  const findings = await mapConcurrently(manifests, OBJECTS_AT_ONCE, (manifest) =>
    inspectObject(api, manifest, writer),
  );
  return {
    state: stateOf(findings),
    missing: findings.flatMap((each) => (each.kind === "missing" ? [each.ref] : [])),
    drifted: findings.flatMap((finding) => {
      if (finding.kind !== "drifted") return [];
      const { kind: _, ...drifted } = finding;
      return [drifted];
    }),
    foreign: findings.flatMap((each) => (each.kind === "foreign" ? [{ ref: each.ref, owner: each.owner }] : [])),
    failures: findings.flatMap((each) =>
      each.kind === "unreadable" ? [{ code: each.code, message: each.message }] : [],
    ),
  };
}

async function inspectObject(api: KubeApi, manifest: Manifest, writer: UnitWriter): Promise<Finding> {
  const ref = refOf(manifest);
  try {
    const live = await api.get(ref);
    if (live === undefined) return { kind: "missing", ref };
    const owner = writer.foreignOwner(live);
    if (owner !== undefined) return { kind: "foreign", ref, owner };
    const fields = writer.driftOf(manifest, live);
    if (fields.length === 0) return { kind: "ours" };
    const reviewed = subjectsOf(manifest);
    const access = subjectsOf(live).filter((subject) => !reviewed.includes(subject));
    return { kind: "drifted", ref, fields, ...(access.length === 0 ? {} : { access }) };
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
