import type { Zone } from "../zone.ts";
import { type ReadOptions, readLayout, standingOf, type ZoneState } from "./layout.ts";
import { parseCorefile } from "./parse.ts";
import { indexZones } from "./zone-blocks.ts";

export type { ZoneState } from "./layout.ts";

/**
 * How a zone stands in a Corefile: with the block that we would write there, in whatever formatting; not at all; or with
 * another one. Where we would write nothing, since the Corefile could be misread, any block counts as another one.
 */
export function zoneState(corefile: string, zone: Zone, options: ReadOptions = {}): ZoneState {
  const layout = readLayout(corefile, options);
  if (!("faults" in layout)) return standingOf(layout, zone).state;
  const { blocks } = parseCorefile(corefile, options);
  return indexZones(blocks, options.defaultPort ?? 53).has(`${zone.zone}.`) ? "changed" : "missing";
}
