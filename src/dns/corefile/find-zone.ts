import type { Zone } from "../zone.ts";
import { type ReadOptions, readLayout, standingOf, type ZoneState } from "./layout.ts";

export type { ZoneState } from "./layout.ts";

/**
 * How a zone stands in a Corefile: with the block that we would write there, in whatever formatting; not at all; or with
 * another one. In a Corefile that cannot be changed, where it is not clear what would be written, nothing is in its place.
 */
export function zoneState(corefile: string, zone: Zone, options: ReadOptions = {}): ZoneState {
  const layout = readLayout(corefile, options);
  return "faults" in layout ? "missing" : standingOf(layout, zone).state;
}
