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

/** What certificates below an authority are to say. */
export interface CertifiedNames {
  /** Hosts of URIs, as the trust domain `shop.mesh` is. */
  readonly uriHosts: readonly string[];
  /** As in `istiod-shop.istio-shop.svc`. */
  readonly dnsNames: readonly string[];
}

/**
 * Which names an authority may not certify, by the name constraints of one certificate above it. Verifiers differ in what a
 * host without a dot before it stands for: a name has to pass with all of them.
 *
 * @param constraints - As {@link formatConstraints} tells them.
 * @returns As in `URI:shop.mesh`; empty if all may be certified.
 * @see https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.10
 */
export function constraintsAgainst(
  constraints: readonly string[],
  { uriHosts, dnsNames }: CertifiedNames,
): readonly string[] {
  const basesOf = (prefix: string): readonly string[] =>
    constraints.flatMap((each) => (each.startsWith(prefix) ? each.slice(prefix.length).toLowerCase() : []));
  const against = (kind: string, name: string, permits: (base: string, name: string) => boolean): readonly string[] => {
    const [permitted, excluded] = [basesOf(`permitted;${kind}:`), basesOf(`excluded;${kind}:`)];
    const isPermitted = permitted.length === 0 || permitted.some((base) => permits(base, name));
    return isPermitted && !excluded.some((base) => isWithin(base, name)) ? [] : [`${kind}:${name}`];
  };
  return [
    ...uriHosts.flatMap((host) => against("URI", host, (base) => base === host || isBelow(base, host))),
    ...dnsNames.flatMap((name) => against("DNS", name, isWithin)),
    // authorities of clusters have names of ours
    ...(constraints.includes("permitted;directory name") ? ["directory name:O=logical-clouds"] : []),
  ];
}

/** By a dot before it, as in `.mesh`. */
const isBelow = (base: string, name: string): boolean => base.startsWith(".") && name.endsWith(base);

const isWithin = (base: string, name: string): boolean =>
  base === "" || name === base || isBelow(base, name) || name.endsWith(`.${base}`);
