import type { Token } from "./lexer.ts";

/** A plugin in a server block: its name, its arguments and its own block. */
export interface Directive {
  readonly name: string;
  /** All its words, from the name on. */
  readonly tokens: readonly Token[];
}

/** What answers the zones of its keys. */
export interface ServerBlock {
  /** Zones with their schemes and ports as they are written, without the commas between them; none is a block that is ignored. */
  readonly keys: readonly Token[];
  readonly directives: readonly Directive[];
  /** Absent where the block has no braces, so that all that follows belongs to it. */
  readonly open?: Token;
  /** Absent where the file ends before. */
  readonly close?: Token;
}

/**
 * What a block means: texts that are equal where CoreDNS does the same for two blocks with the same keys. Comments, space
 * and the order of different plugins are not in it; the lines that words stand on are.
 */
export function meaningOf({ directives }: ServerBlock): string {
  const byName = new Map<string, string[]>();
  for (const { name, tokens } of directives) {
    const words = byName.get(name) ?? [];
    byName.set(name, words);
    for (const token of tokens) words.push(token.beginsLine || token === tokens[0] ? `\n${token.text}` : token.text);
  }
  return JSON.stringify([...byName].sort(([a], [b]) => (a < b ? -1 : 1)));
}
