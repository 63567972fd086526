import { isDeepStrictEqual } from "node:util";
import { hostOf } from "./addresses.ts";
import { normalZone } from "./check-zone.ts";
import { addMember, membersOf, removeMember, replaceValue } from "./json-members.ts";
import type { Patched, PatchRequest, ZoneChange } from "./patched.ts";
import type { ForwardZone } from "./zone.ts";

/**
 * Put zones into `stubDomains`, or take them out: a JSON object of zones and the addresses of their DNS servers. Others'
 * entries stay as they are, to the byte.
 *
 * @param text - As it is in ConfigMap `kube-dns`; undefined where it is not there.
 * @returns undefined as the value where nothing is left. Refused are invalid JSON, a zone that somebody else has put, and
 * addresses that kube-dns and node caches do not take: they know no ports.
 * @see https://kubernetes.io/docs/tasks/administer-cluster/dns-custom-nameservers/
 */
export function patchStubDomains(
  text: string | undefined,
  { wanted, ours }: PatchRequest<ForwardZone>,
): Patched<string | undefined> {
  const given = text?.trim() ? text : "{}";
  const faults = isObject(given) ? [...foreign(given, wanted, ours), ...wanted.flatMap(addressFaults)] : [NO_OBJECT];
  if (faults.length > 0) return { kind: "refused", faults };
  const zones: ZoneChange[] = [];
  let patched = given;
  for (const zone of new Set([...ours, ...wanted.map((each) => each.zone)])) {
    const target = wanted.find((each) => each.zone === zone);
    const { text: next, action } = patchOne(patched, zone, target?.addresses);
    patched = next;
    if (action !== undefined) zones.push({ zone, action });
  }
  const isUnchanged = patched === given;
  return { kind: "patched", value: isUnchanged ? text : patched === "{}" ? undefined : patched, zones, remarks: [] };
}

const NO_OBJECT = "stubDomains is no JSON object, so kube-dns does not read it; correct it";

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

const find = (text: string, zone: string) => membersOf(text).filter(({ key }) => normalZone(key) === zone);

function foreign(text: string, wanted: readonly ForwardZone[], ours: readonly string[]): readonly string[] {
  return wanted.flatMap(({ zone }) => {
    const found = find(text, zone);
    if (found.length > 1) return [`stubDomains has ${zone} ${found.length} times; leave one, or none`];
    if (found.length === 0 || ours.includes(zone)) return [];
    return [`stubDomains has ${zone} already, and not by lcloud; remove it, or give the cloud another zone`];
  });
}

const addressFaults = ({ zone, addresses }: ForwardZone): readonly string[] =>
  addresses
    .filter((address) => hostOf(address) !== address)
    .map((address) => `${zone}: stubDomains take IP addresses without ports, and not ${JSON.stringify(address)}`);

function patchOne(
  text: string,
  zone: string,
  addresses: readonly string[] | undefined,
): { readonly text: string; readonly action?: ZoneChange["action"] } {
  const [member] = find(text, zone);
  if (addresses === undefined) {
    return member === undefined ? { text } : { text: removeMember(text, member), action: "removed" };
  }
  const value = JSON.stringify(addresses);
  if (member === undefined) return { text: addMember(text, zone, value), action: "added" };
  const isSame = isDeepStrictEqual(JSON.parse(text.slice(member.valueStart, member.end)), addresses);
  return isSame ? { text, action: "kept" } : { text: replaceValue(text, member, value), action: "changed" };
}
