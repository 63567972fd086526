import type { Corefile } from "../../../src/dns/corefile/parse.ts";

/** A parsed Corefile in the form in which CoreDNS' parser gives it: blocks with keys, words grouped by directive. */
export function grouped({ blocks, fault }: Corefile): { readonly blocks: readonly unknown[]; readonly error?: string } {
  const error = fault && `${fault.file ?? "Corefile"}:${fault.line} - ${fault.message}`;
  const withKeys = blocks.filter(({ keys }) => keys.length > 0);
  return {
    blocks: withKeys.map(({ keys, directives }) => ({ keys: texts(keys), directives: byName(directives) })),
    ...(error && { error }),
  };
}

const texts = (tokens: readonly { readonly text: string }[]): readonly string[] => tokens.map(({ text }) => text);

function byName(directives: Corefile["blocks"][number]["directives"]): Readonly<Record<string, readonly string[]>> {
  const words = Map.groupBy(directives, ({ name }) => name);
  return Object.fromEntries([...words].map(([name, all]) => [name, all.flatMap(({ tokens }) => texts(tokens))]));
}
