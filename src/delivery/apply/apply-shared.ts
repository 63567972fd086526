import { fieldManagerOf, unitMarkOf } from "../../engine/owner-marks.ts";
import { holdersOf } from "../../model/field-holders.ts";
import { DNS_FIELD_MANAGER } from "../../model/labels.ts";
import type { LiveManifest, Manifest } from "../../model/manifest.ts";
import type { ApplyRun } from "./apply-run.ts";
import { letGo } from "./let-go.ts";

/**
 * Write our fields of an object that others share. A field that one of them has otherwise is a `CONFLICT` that names them.
 * What is ours by another name is taken over: what post-sync has put there, and what an agent has released.
 *
 * All fields are there in between. Of force there is as much as nobody else feels: the object must still be as it was read.
 *
 * @param live - undefined where it is not there yet.
 */
export async function applyShared(
  { api, isReleased }: Pick<ApplyRun, "api" | "isReleased">,
  manifest: Manifest,
  live: LiveManifest | undefined,
): Promise<LiveManifest> {
  if (live === undefined) return api.apply(manifest);
  const mark = isReleased(live) ? unitMarkOf(live) : undefined;
  const agent = mark === undefined ? undefined : fieldManagerOf(mark.kind);
  const holders = holdersOf(manifest, live);
  const isOurs = holders.length > 0 && holders.every((holder) => holder === DNS_FIELD_MANAGER || holder === agent);
  const applied = isOurs ? await api.apply(asRead(manifest, live), { force: true }) : await api.apply(manifest);
  if (agent !== undefined) await letGo(api, applied, agent);
  return applied;
}

function asRead(manifest: Manifest, { metadata: { uid, resourceVersion } }: LiveManifest): Manifest {
  return { ...manifest, metadata: { ...manifest.metadata, uid, resourceVersion } } as Manifest;
}
