import { parseKey } from "./key.ts";
import type { Token } from "./lexer.ts";
import type { ServerBlock } from "./server-block.ts";

/** A key of a zone that is asked for in plain DNS, and the block that has it. */
export interface ZoneEntry {
  readonly port: string;
  readonly token: Token;
  readonly block: ServerBlock;
}

/** The keys of a Corefile by their zones, which have a trailing dot. */
export type ZoneEntries = ReadonlyMap<string, readonly ZoneEntry[]>;

export function indexZones(blocks: readonly ServerBlock[]): ZoneEntries {
  const entries = blocks.flatMap((block) => block.keys.map((token) => ({ ...parseKey(token.text), token, block })));
  return Map.groupBy(
    entries.filter(({ transport }) => transport === "dns"),
    ({ zone }) => zone,
  );
}

/**
 * The block that can be one of ours for a zone: it has no other key, and whole lines of the Corefile itself. One at
 * another port is meant where there is no other, and it looks like ours; `.` may have moved.
 *
 * @param port - Of `.`.
 */
export function findStanding(entries: readonly ZoneEntry[], port: number): ZoneEntry | undefined {
  const single = entries.filter(({ block }) => hasLinesOfItsOwn(block));
  const [only] = entries.length === 1 ? single : [];
  return single.find((entry) => entry.port === String(port)) ?? (only && looksLikeOurs(only.block) ? only : undefined);
}

/** All that we have ever written. */
const PLUGINS: readonly string[] = ["bind", "cache", "errors", "forward", "prometheus", "rewrite"];

const looksLikeOurs = ({ directives }: ServerBlock): boolean =>
  directives.every(({ name }) => PLUGINS.includes(name)) &&
  directives.some(({ name, tokens }) => name === "forward" && tokens.some(({ text }) => text === "max_concurrent"));

function hasLinesOfItsOwn({ keys: [key, ...others], open, close }: ServerBlock): boolean {
  const tokens = [key, open, close];
  const isWhole = tokens.every((token) => token !== undefined && !token.imported);
  return isWhole && others.length === 0 && key?.beginsLine === true && close?.endsLine === true;
}
