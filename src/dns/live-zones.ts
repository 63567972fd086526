import type { LiveManifest } from "../model/manifest.ts";
import type { ZoneState } from "../model/status.ts";
import type { Patched } from "./patched.ts";
import type { RecordedZone } from "./record.ts";

/**
 * The states of zones, by what it would take to put them in place.
 *
 * @param patched - What would be made of the live configuration, with all zones that are wanted there.
 * @param recorded - Our zones at the same place.
 */
export function liveZoneStates(
  zones: readonly string[],
  patched: Patched<unknown>,
  recorded: readonly RecordedZone[],
): ReadonlyMap<string, ZoneState> {
  if (patched.kind === "refused") return new Map(zones.map((zone) => [zone, "unknown"]));
  const actions = new Map(patched.zones.map(({ zone, action }) => [zone, action]));
  const put = new Set(recorded.filter(({ isPut }) => isPut).map(({ zone }) => zone));
  const isAnyThere = [...put].some((zone) => actions.get(zone) !== "added" && actions.has(zone));
  const stateOf = (zone: string): ZoneState => {
    const action = actions.get(zone);
    if (action === "kept") return "in-place";
    if (action === "changed") return "changed";
    if (!put.has(zone)) return "missing";
    return isAnyThere ? "changed" : "overwritten";
  };
  return new Map(zones.map((zone) => [zone, stateOf(zone)]));
}

/**
 * Who wrote a key of a ConfigMap last: the field manager, as in `kubectl-edit`.
 *
 * @returns undefined where the API server does not tell.
 */
export function writerOf({ metadata: { managedFields = [] } }: LiveManifest, key: string): string | undefined {
  return managedFields.find(({ fieldsV1 }) => {
    const fields = fieldsV1?.["f:data"];
    return typeof fields === "object" && fields !== null && `f:${key}` in fields;
  })?.manager;
}
