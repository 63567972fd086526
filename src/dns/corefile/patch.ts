import type { Fault } from "../../model/error.ts";
import type { Zone } from "../zone.ts";
import { corefileRemarks, placeOf } from "./check-corefile.ts";
import { zoneFaults } from "./check-zone.ts";
import { type Layout, type ReadOptions, readLayout, type Standing, standingOf } from "./layout.ts";
import { renderBlock } from "./render-block.ts";
import { meaningOf, type ServerBlock } from "./server-block.ts";
import { replaceBlocks } from "./splice.ts";
import { findStanding } from "./zone-blocks.ts";

export type { ImportedFile, Imports } from "./importer.ts";

export interface PatchInput extends ReadOptions {
  readonly corefile: string;
  /** The zones that are to be there, all of them. */
  readonly zones: readonly Zone[];
  /** Names of the zones that we put there before, by our own record: their blocks may be replaced and removed. */
  readonly ours: readonly string[];
}

export interface Patch {
  /** The very text that was given where every zone stands in its place. */
  readonly corefile: string;
  /** Names of zones, in order. */
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  readonly unchanged: readonly string[];
  /** For people: what was not judged, or keeps the change from being loaded. */
  readonly remarks: readonly string[];
}

export type PatchResult =
  | { readonly ok: true; readonly patch: Patch }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/**
 * Put blocks for zones into a Corefile that belongs to somebody else, and take out those that are wanted no more.
 *
 * Blocks are found by their keys, since kubeadm drops comments; one that stands in another formatting is as good. Ours
 * stand together right after the block for `.`, at its port and addresses, in the order of their names. All other bytes
 * stay; to take all zones out again gives the text from before. What cannot be judged is not changed.
 *
 * @returns The new text, or every fault, with its line: the paths are as `Corefile:12`, or the name of a zone.
 */
export function patchCorefile(input: PatchInput): PatchResult {
  const wrong = zoneFaults(input.zones);
  const layout = readLayout(input.corefile, input);
  if ("faults" in layout) return { ok: false, faults: [...wrong, ...layout.faults] };
  const ours = new Set(input.ours);
  const inOrder = input.zones.toSorted((a, b) => (a.zone < b.zone ? -1 : 1));
  const wanted = inOrder.map((zone) => judge(layout, zone, ours));
  const faults = [...wrong, ...wanted.flatMap((each) => each.faults)];
  if (faults.length > 0) return { ok: false, faults };

  const unwanted = unwantedBlocks(layout, input);
  const patch = {
    added: namesOf(wanted, "missing"),
    changed: namesOf(wanted, "changed"),
    removed: [...unwanted.keys()],
    unchanged: namesOf(wanted, "in-place"),
    remarks: corefileRemarks(layout.corefile),
  };
  const nothingToDo = patch.unchanged.length === wanted.length && unwanted.size === 0;
  if (nothingToDo) return { ok: true, patch: { corefile: input.corefile, ...patch } };

  const ourBlocks = [...wanted.flatMap(({ block }) => block?.block ?? []), ...unwanted.values()];
  const zones = wanted.map(({ zone }) => zone);
  const corefile = replaceBlocks(input.corefile, ourBlocks, layout.end, (newline) =>
    zones.map((zone) => renderBlock(zone, layout.listener, newline)).join(""),
  );
  if (!isSound(layout, ourBlocks, corefile, zones, input)) {
    return {
      ok: false,
      faults: [{ path: "Corefile", message: "cannot be changed without a side effect; add the zones by hand" }],
    };
  }
  return { ok: true, patch: { corefile, ...patch } };
}

interface Judged extends Standing {
  readonly zone: Zone;
  readonly faults: readonly Fault[];
}

function judge(layout: Layout, zone: Zone, ours: ReadonlySet<string>): Judged {
  const standing = standingOf(layout, zone);
  const { state, block, others } = standing;
  const isForeign = state === "changed" && others.length === 0 && block !== undefined && !ours.has(zone.zone);
  const foreign = isForeign ? [block] : others;
  const faults = foreign.map(({ token }) => ({
    path: placeOf(token),
    message: `${token.text} has a block that is not ours; remove it, or give the cloud another zone than ${zone.zone}`,
  }));
  return { ...standing, zone, faults };
}

const namesOf = (judged: readonly Judged[], state: Standing["state"]): readonly string[] =>
  judged.filter((each) => each.state === state).map(({ zone }) => zone.zone);

/** The blocks that we put there and that are to go, by their zones. */
function unwantedBlocks({ zones, listener }: Layout, input: PatchInput): ReadonlyMap<string, ServerBlock> {
  const kept = new Set(input.zones.map(({ zone }) => zone));
  const gone = [...new Set(input.ours)].filter((name) => !kept.has(name)).sort();
  return new Map(
    gone.flatMap((name) => {
      const entry = findStanding(zones.get(`${name}.`) ?? [], listener.port);
      return entry === undefined ? [] : [[name, entry.block] as const];
    }),
  );
}

/** Whether a new text has our zones, and else the bytes and the blocks of the old one. */
function isSound(
  before: Layout,
  ourBlocks: readonly ServerBlock[],
  text: string,
  zones: readonly Zone[],
  options: ReadOptions,
): boolean {
  const after = readLayout(text, options);
  if ("faults" in after) return false;
  const standing = zones.map((zone) => standingOf(after, zone));
  const newBlocks = standing.flatMap(({ block }) => block?.block ?? []);
  return (
    standing.every(({ state }) => state === "in-place") &&
    bytesBeside(after, newBlocks) === bytesBeside(before, ourBlocks) &&
    meaningBeside(after, newBlocks) === meaningBeside(before, ourBlocks)
  );
}

const bytesBeside = ({ text, end }: Layout, blocks: readonly ServerBlock[]): string =>
  replaceBlocks(text, blocks, end, () => "");

function meaningBeside({ corefile }: Layout, blocks: readonly ServerBlock[]): string {
  const left = new Set(corefile.blocks);
  for (const block of blocks) left.delete(block);
  return JSON.stringify([...left].map((block) => [block.keys.map(({ text }) => text), meaningOf(block)]));
}
