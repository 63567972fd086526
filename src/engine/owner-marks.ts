import { isUsualKind } from "../model/cloud-kinds.ts";
import type { Engine } from "../model/delivery.ts";
import type { LiveManifest, Manifest } from "../model/manifest.ts";
import { driftOf, lackOf } from "../model/owned-fields.ts";
import { secretValuesOf } from "../model/sops.ts";
import { isUnitName } from "../model/units.ts";
import { liveUnitRef } from "./live-unit.ts";

/** Field manager of an agent's server-side applies. */
export const fieldManagerOf = (kind: Engine["kind"]): string =>
  kind === "flux" ? "kustomize-controller" : "argocd-controller";

const FLUX_NAME = "kustomize.toolkit.fluxcd.io/name";
const FLUX_NAMESPACE = "kustomize.toolkit.fluxcd.io/namespace";
const ARGO_TRACKING = "argocd.argoproj.io/tracking-id";

/** Where Argo CD is set to mark by label; others may set them as well. */
const ARGO_LABELS: readonly string[] = ["app.kubernetes.io/instance", "argocd.argoproj.io/instance"];

/** By what agents know the objects of their units again. */
const MARK_LABELS: readonly string[] = [FLUX_NAME, FLUX_NAMESPACE, ...ARGO_LABELS];
const MARK_ANNOTATIONS: readonly string[] = [ARGO_TRACKING, "argocd.argoproj.io/installation-id"];

/** The unit of an agent that an object belongs to. */
export interface UnitMark {
  readonly kind: Engine["kind"];
  /** Absent with Argo CD, which does not write it where the Application is in its own namespace. */
  readonly namespace?: string;
  readonly name: string;
}

/** To which unit an object belongs, by the marks of its agent; undefined where it has none. */
export function unitMarkOf({ metadata: { labels = {}, annotations = {} } }: LiveManifest): UnitMark | undefined {
  const { [FLUX_NAME]: name, [FLUX_NAMESPACE]: namespace } = labels;
  if (name !== undefined) return { kind: "flux", name, ...(namespace === undefined ? {} : { namespace }) };
  const application =
    annotations[ARGO_TRACKING]?.split(":")[0] ?? ARGO_LABELS.map((key) => labels[key] ?? "").find(isUnitName);
  return application === undefined ? undefined : { kind: "argocd", name: application };
}

/** Whether a mark names this unit. */
export const isMarkOf = (mark: UnitMark, engine: Engine, unit: string): boolean =>
  mark.kind === engine.kind &&
  mark.name === unit &&
  (mark.namespace === undefined || mark.namespace === liveUnitRef(engine, unit).namespace);

/** A manifest as its agent applies it: with the marks that the object has. */
function withMarks(manifest: Manifest, live: LiveManifest): Manifest {
  const labels = { ...pick(live.metadata.labels, MARK_LABELS), ...manifest.metadata.labels };
  const annotations = { ...pick(live.metadata.annotations, MARK_ANNOTATIONS), ...manifest.metadata.annotations };
  const metadata = {
    ...manifest.metadata,
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
  return { ...manifest, metadata };
}

/**
 * Where an object is not as its agent would have it: `driftOf` for the agent's field manager, whose marks are no drift.
 * What Flux has beyond the manifest counts only for the kinds that clouds have by themselves: to those of workloads it
 * adds defaults and empty fields, and has them from then on.
 *
 * @returns Paths of fields.
 */
export function agentDriftOf(kind: Engine["kind"], manifest: Manifest, live: LiveManifest): readonly string[] {
  const compare = kind === "flux" && !isUsualKind(manifest) ? lackOf : driftOf;
  return compare(withMarks(manifest, live), live, fieldManagerOf(kind)).filter(
    (path) => !isDecrypted(manifest, path) && !isFilledIn(manifest, path),
  );
}

/** Whether a field is what the agent makes of ciphertext, which nobody here can compare. */
const isDecrypted = (manifest: Manifest, path: string): boolean =>
  /^(?:data|stringData|sops)(?:\.|$)/.test(path) && secretValuesOf(manifest) === "encrypted";

/** Flux gives each Namespace an empty `spec`. */
const isFilledIn = ({ kind, spec }: Manifest, path: string): boolean =>
  kind === "Namespace" && spec === undefined && path === "spec";

const pick = (
  texts: Readonly<Record<string, string>> = {},
  keys: readonly string[],
): Readonly<Record<string, string>> =>
  Object.fromEntries(keys.flatMap((key) => (texts[key] === undefined ? [] : [[key, texts[key]]])));
