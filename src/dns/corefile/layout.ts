import type { Fault } from "../../model/error.ts";
import type { Zone } from "../zone.ts";
import { corefileFaults } from "./check-corefile.ts";
import { type DefaultBlock, findDefaultBlock } from "./default-block.ts";
import type { Imports } from "./importer.ts";
import { type Corefile, parseCorefile } from "./parse.ts";
import { renderBlock } from "./render-block.ts";
import { meaningOf } from "./server-block.ts";
import { findStanding, indexZones, type ZoneEntries, type ZoneEntry } from "./zone-blocks.ts";

/** A Corefile that can be changed: where its blocks are, and where ours belong. */
export interface Layout extends DefaultBlock {
  readonly text: string;
  readonly corefile: Corefile;
  readonly zones: ZoneEntries;
}

export interface ReadOptions {
  /** What `import` reads. Default: nobody knows, and nothing is told of what is imported. */
  readonly imports?: Imports | undefined;
}

/** Read a Corefile, or tell all that keeps it from being changed. */
export function readLayout(text: string, { imports }: ReadOptions): Layout | { readonly faults: readonly Fault[] } {
  const corefile = parseCorefile(text, { imports });
  const faults = corefileFaults(text, corefile);
  // where a block swallows others, that of `.` may be among them
  if (faults.length > 0) return { faults };
  const found = findDefaultBlock(corefile.blocks);
  if ("faults" in found) return found;
  return { ...found, text, corefile, zones: indexZones(corefile.blocks) };
}

/** How a zone stands in a Corefile. */
export interface Standing {
  /** As we would write it, in whatever formatting; not at all; or otherwise. */
  readonly state: "in-place" | "missing" | "changed";
  /** The block that may be ours. */
  readonly block?: ZoneEntry;
  /** Keys of other blocks that answer the zone where ours would. */
  readonly others: readonly ZoneEntry[];
}

export function standingOf({ listener, zones }: Layout, zone: Zone): Standing {
  const entries = zones.get(`${zone.zone}.`) ?? [];
  const port = String(listener.port);
  const block = findStanding(entries, listener.port);
  const others = entries.filter((entry) => entry !== block && entry.port === port);
  if (block === undefined) return { state: others.length > 0 ? "changed" : "missing", others };
  const [wanted] = parseCorefile(renderBlock(zone, listener)).blocks;
  const isSame = wanted !== undefined && block.port === port && meaningOf(block.block) === meaningOf(wanted);
  return { state: isSame && others.length === 0 ? "in-place" : "changed", block, others };
}
