import type { Corefile } from "../../../src/dns/corefile/parse.ts";
import type { ServerBlock } from "../../../src/dns/corefile/server-block.ts";

/** A parsed Corefile in the form in which CoreDNS' parser gives it. */
export interface Grouped {
  readonly blocks: readonly GroupedBlock[];
  readonly error?: string;
}

export interface GroupedBlock {
  readonly keys: readonly string[];
  /** All words of all directives of a name. */
  readonly directives: Readonly<Record<string, readonly string[]>>;
}

export function grouped({ blocks, fault }: Pick<Corefile, "blocks" | "fault">): Grouped {
  const error = fault && `${fault.file ?? "Corefile"}:${fault.line} - ${fault.message}`;
  return { blocks: blocks.filter(({ keys }) => keys.length > 0).map(groupedBlock), ...(error && { error }) };
}

function groupedBlock({ keys, directives }: ServerBlock): GroupedBlock {
  const byName = Map.groupBy(directives, ({ name }) => name);
  const words = [...byName].map(([name, all]) => [name, all.flatMap(({ tokens }) => texts(tokens))] as const);
  return { keys: texts(keys), directives: Object.fromEntries(words) };
}

const texts = (tokens: readonly { readonly text: string }[]): readonly string[] => tokens.map(({ text }) => text);
