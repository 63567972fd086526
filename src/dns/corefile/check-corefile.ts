import type { Fault } from "../../model/error.ts";
import type { Place, Token } from "./lexer.ts";
import type { Corefile } from "./parse.ts";
import type { ServerBlock } from "./server-block.ts";
import { refersToEnvironment } from "./substitute.ts";

/** As in `Corefile:12`, for people. */
export const placeOf = ({ file = "Corefile", line }: Place): string => `${file}:${line}`;

/**
 * What stands in a Corefile that CoreDNS refuses, or reads in another way than its writer meant: there a change could mean
 * what nobody meant, so none is made.
 *
 * @param text - Of the Corefile itself.
 */
export function corefileFaults(text: string, { blocks, fault, openQuotes }: Corefile): readonly Fault[] {
  const quotes = openQuotes.map((at) => ({ path: placeOf(at), message: 'a quote is not closed; add the missing "' }));
  if (fault !== undefined) {
    const message = `CoreDNS refuses the Corefile here (${fault.message}); repair it`;
    return [...letterFaults(text), ...quotes, { path: placeOf(fault), message }];
  }
  return [...letterFaults(text), ...quotes, ...blocks.flatMap(blockFaults)];
}

/** What may become another text on its way: U+FFFD stands for bytes that were no UTF-8. */
function letterFaults(text: string): readonly Fault[] {
  const at = text.search(/[\0\uFFFD]|\p{Cs}/u);
  if (at < 0) return [];
  const line = text.slice(0, at).split("\n").length;
  return [
    { path: placeOf({ file: undefined, line }), message: "holds a byte that is no text; write the Corefile in UTF-8" },
  ];
}

function blockFaults(block: ServerBlock): readonly Fault[] {
  const { keys, open, close, directives } = block;
  const [first = open] = keys;
  if (first === undefined) return [];
  const told = (at: Token, message: string): Fault => ({ path: placeOf(at), message });
  const name = keys.map(({ text }) => text).join(" ");
  const stray = keys.find(({ text }) => text === "}" || text === "import");
  if (stray?.text === "}") return [told(stray, "closes no block; remove the }, or add the { that is missing above")];
  if (stray !== undefined) return [told(stray, "import is the name of a zone here; put it first on a line")];
  if (keys.length === 0)
    return [told(first, "this block has no zone, so CoreDNS leaves it out; name its zone or remove it")];
  if (open === undefined) {
    return [told(first, `the block of ${name} has no {, so that what follows belongs to it; put { after a space`)];
  }
  return [
    ...(close === undefined ? [told(first, `the block of ${name} is not closed; add the } that is missing`)] : []),
    ...directives
      .filter((directive) => /[.:/]/.test(directive.name))
      .flatMap(({ name: word, tokens: [at = first] }) => [
        told(at, `${word} is no plugin, but stands in the block of ${name}; add the } that is missing above it`),
      ]),
  ];
}

/** What could not be judged, and what keeps a change from being loaded. */
export function corefileRemarks({ blocks, unread }: Corefile): readonly string[] {
  const dynamic = blocks.flatMap(({ keys }) => keys.filter(({ text }) => refersToEnvironment(text)));
  const reloads = blocks.some(({ directives }) => directives.some(({ name }) => name === "reload"));
  return [
    ...unread.map((path) => `${placeOf(path)}: import ${path.text} was not read; what it holds was not judged`),
    ...dynamic.map((key) => `${placeOf(key)}: ${key.text} comes from CoreDNS' environment; what it is was not judged`),
    ...(reloads ? [] : ["Corefile: has no plugin reload, so CoreDNS must be restarted to read a change"]),
  ];
}
