import type { LiveManifest } from "../model/manifest.ts";
import { fieldsOf, listOf, textOf } from "./fields.ts";
import type { LiveUnit } from "./live-unit.ts";

/** Reasons of `Ready=False` that go away by themselves. */
const PROGRESS: ReadonlySet<string> = new Set(["Progressing", "ProgressingWithRetry", "DependencyNotReady"]);

/** A Kustomization that holds what its source had. Only what it says of its own latest generation counts. */
export function readKustomization({ metadata, spec, status }: LiveManifest): LiveUnit {
  if (fieldsOf(spec)["suspend"] === true) return { state: "suspended", message: "is suspended" };
  const { conditions, observedGeneration, lastAppliedRevision, lastAttemptedRevision } = fieldsOf(status);
  const ready = listOf(conditions).find(({ type }) => type === "Ready");
  const message = textOf(ready?.["message"]).trim();
  // -1 until the first time
  const isCurrent = observedGeneration === fieldsOf(metadata)["generation"];
  if (ready === undefined || !isCurrent || ready["status"] === "Unknown" || PROGRESS.has(textOf(ready["reason"]))) {
    return { state: "working", message };
  }
  return ready["status"] === "True"
    ? { state: "applied", ...revisionOf(lastAppliedRevision), message }
    : { state: "failed", ...revisionOf(lastAttemptedRevision), message };
}

/** `main@sha1:<commit>` or `latest@sha256:<digest>`. */
function revisionOf(value: unknown): { readonly revision?: string } {
  const [, algorithm, id] = /@(sha1|sha256):([0-9a-f]+)$/.exec(textOf(value)) ?? [];
  if (id === undefined) return {};
  // git has commits of either length; a digest of an artifact keeps its algorithm
  return { revision: algorithm === "sha256" ? `sha256:${id}` : id };
}
