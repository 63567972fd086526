import { type Der, elementsOf, TAG, tagOf } from "./der.ts";

/** Identifier octets of PERMITTED and EXCLUDED subtrees (RFC 5280 §4.2.1.10), and how openssl calls them. */
const SUBTREES: Readonly<Record<number, string>> = { 160: "permitted", 161: "excluded" };

/** Identifier octets of the kinds of GeneralName that are text. */
const TEXT_NAMES: Readonly<Record<number, string>> = { 129: "email", 130: "DNS", 134: "URI" };

/** Those that are none. */
const OTHER_NAMES: Readonly<Record<number, string>> = { 135: "IP", 164: "directory name" };

/**
 * Tell name constraints as openssl writes them, as in `permitted;URI:shop.mesh`. Of kinds that are no text, only the kind
 * is told.
 *
 * @throws {@link Malformed}
 */
export const formatConstraints = (constraints: Der): readonly string[] =>
  elementsOf(constraints, TAG.sequence).flatMap((subtrees) => {
    const tag = tagOf(subtrees);
    return elementsOf(subtrees, tag).map((subtree) => {
      const [base] = elementsOf(subtree, TAG.sequence);
      return `${SUBTREES[tag] ?? "unknown"};${base === undefined ? "nothing" : formatName(base)}`;
    });
  });

function formatName(name: Der): string {
  const kind = TEXT_NAMES[tagOf(name)];
  if (kind !== undefined && typeof name.value === "string") return `${kind}:${name.value}`;
  return OTHER_NAMES[tagOf(name)] ?? "another kind of name";
}
