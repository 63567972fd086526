import { domainToASCII } from "node:url";
import { isDnsLabel } from "../model/names.ts";
import { isPublicTld } from "./public-tlds.ts";

/** A zone in the one form in which it is compared and written: lower case, without a dot at its end. */
export const normalZone = (zone: string): string =>
  zone.replace(/[A-Z]/g, (letter) => letter.toLowerCase()).replace(/\.$/, "");

/** Names that are as public as a top-level domain, or Kubernetes' own. */
const RESERVED_ZONES: ReadonlySet<string> = new Set([
  "alt",
  "cluster",
  "example",
  "internal",
  "invalid",
  "onion",
  "test",
]);

/**
 * Last labels that no zone can have, with the reason. Pods ask for `web.shop.svc` as `web.shop.svc.cluster.local` first.
 *
 * @see https://www.iana.org/assignments/special-use-domain-names/special-use-domain-names.xhtml
 */
const RESERVED_ENDS: ReadonlyMap<string, string> = new Map([
  ["arpa", "is for reverse lookups and the internet's own needs"],
  ["local", "is asked of the neighbours, not of DNS"],
  ["localhost", "is always the pod itself"],
  ["pod", "is Kubernetes' own"],
  ["svc", "is Kubernetes' own"],
]);

const MAX_NAME_LENGTH = 253;
const MAX_LABEL_LENGTH = 63;

/**
 * What is wrong with the form of a zone.
 *
 * @param zone - As by {@link normalZone}.
 * @param namespaces - Of its cloud: with each, and any Service, a name of the zone must still be one that DNS has.
 * @returns What is wrong and what to do; undefined if nothing is.
 */
export function zoneFormFault(zone: string, namespaces: readonly string[]): string | undefined {
  if (zone === "") return "is empty; name a zone, or leave it out for one named as the cloud";
  if (/[^\x20-\x7e]/.test(zone)) return `"${zone}" is no ASCII; ${asAsciiRemedy(zone)}`;
  if (zone.includes("_")) return `"${zone}" has an underscore, which no name of a server has; use -`;
  const labels = zone.split(".");
  if (!labels.every(isDnsLabel)) {
    return `"${zone}" is no DNS name; use a-z, 0-9, - and ., at most ${MAX_LABEL_LENGTH} characters between dots`;
  }
  if (/^\d+$/.test(labels.at(-1) ?? "")) return `"${zone}" reads like an IP address; end it with a word`;
  const longest = Math.max(0, ...namespaces.map((name) => name.length));
  const most = MAX_NAME_LENGTH - MAX_LABEL_LENGTH - longest - "..".length;
  if (zone.length <= most) return undefined;
  return `has ${zone.length} characters, so that with a Service and a namespace before it a name is too long for DNS; use at most ${most}`;
}

function asAsciiRemedy(zone: string): string {
  const ascii = domainToASCII(zone);
  return ascii === "" ? "use a-z, 0-9, - and ." : `write it as "${ascii}"`;
}

/**
 * Why a zone would take away from pods what others mean by its name.
 *
 * @param zone - Of the right form.
 * @returns What is wrong and what to do; undefined if nothing is.
 */
export function publicZoneFault(zone: string): string | undefined {
  const end = endOf(zone);
  const reason = RESERVED_ENDS.get(end);
  if (reason !== undefined) return `"${zone}" ends with "${end}", which ${reason}; choose another zone`;
  if (RESERVED_ZONES.has(zone)) return `"${zone}" is reserved; choose another zone, or put a label before it`;
  if (!isPublicTld(zone)) return undefined;
  return `"${zone}" is a top-level domain of the internet, which pods could not reach any more; choose another zone, as in "our-${zone}"`;
}

/** Whether a zone is a domain that somebody may have registered, whose public names pods could not reach any more. */
export const isRegistrable = (zone: string): boolean => zone.split(".").length === 2 && isPublicTld(endOf(zone));

/** Its last label: what pods take for a namespace in `<name>.<label>`. */
export const endOf = (zone: string): string => zone.slice(zone.lastIndexOf(".") + 1);

/** A name and all that it lies in, from itself upwards: `a.b.c`, `b.c`, `c`. */
export const withParents = (zone: string): readonly string[] => {
  const labels = zone.split(".");
  return labels.map((_, index) => labels.slice(index).join("."));
};

/** Whether one of two names is the other, or lies in it. */
export const areNested = (one: string, other: string): boolean =>
  withParents(one).includes(other) || withParents(other).includes(one);
