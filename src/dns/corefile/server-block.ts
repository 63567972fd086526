import type { ReadToken } from "./token-stream.ts";

/** A plugin in a server block: its name, its arguments and its own block. */
export interface Directive {
  readonly name: string;
  /** All its words, from the name on. */
  readonly tokens: readonly ReadToken[];
}

/** What answers the zones of its keys. */
export interface ServerBlock {
  /** Zones with their schemes and ports as they are written, without the commas between them; none is a block that is ignored. */
  readonly keys: readonly ReadToken[];
  readonly directives: readonly Directive[];
  /** Absent where the block has no braces, so that all that follows belongs to it. */
  readonly open?: ReadToken;
  /** Absent where the file ends before. */
  readonly close?: ReadToken;
}

/**
 * What a block means: texts that are equal where CoreDNS does the same for two blocks with the same keys. Comments, space
 * and the order of different plugins are not in it; the lines that words stand on are.
 */
export function meaningOf({ directives }: ServerBlock): string {
  const byName = new Map<string, string[]>();
  for (const { name, tokens } of directives) {
    const words = tokens.map((token, index) => (index > 0 && token.beginsLine ? `\n${token.text}` : token.text));
    byName.set(name, [...(byName.get(name) ?? []), JSON.stringify(words)]);
  }
  return JSON.stringify([...byName].sort(([a], [b]) => (a < b ? -1 : 1)));
}
