import { isIP } from "node:net";

/** An address block: its first address as a number, and how many bits all of its addresses share. */
interface Block {
  readonly bits: 32 | 128;
  readonly first: bigint;
  readonly prefix: number;
}

/**
 * What is wrong with an address block such as `10.0.0.0/8` or `fd00::/8`, by the API server's rules.
 *
 * @returns undefined for a right one.
 */
export function cidrFault(text: string): string | undefined {
  const block = parseBlock(text);
  if (block === undefined) return `"${text}" is no CIDR; write it as "10.0.0.0/8" or "10.0.0.1/32"`;
  const { bits, first, prefix } = block;
  if (BigInt.asUintN(bits - prefix, first) === 0n) return undefined;
  return `"${text}" has bits beyond /${prefix}; write the first address of the block, or /${bits} for this address alone`;
}

/** Whether `inner` is a part of `outer` and not all of it; both must be right. */
export function isPartOf(inner: string, outer: string): boolean {
  const [part, whole] = [parseBlock(inner), parseBlock(outer)];
  if (part === undefined || whole === undefined || part.bits !== whole.bits || part.prefix <= whole.prefix)
    return false;
  const rest = BigInt(whole.bits - whole.prefix);
  return part.first >> rest === whole.first >> rest;
}

function parseBlock(text: string): Block | undefined {
  const [address = "", digits = "", ...rest] = text.split("/");
  const family = isIP(address);
  const prefix = Number(digits);
  const bits = family === 4 ? 32 : 128;
  // the API server takes neither zones nor IPv4 addresses in the form of IPv6
  if (family === 0 || /%|^::ffff:/i.test(address) || rest.length > 0) return undefined;
  if (!/^(0|[1-9]\d{0,2})$/.test(digits) || prefix > bits) return undefined;
  return { bits, first: family === 4 ? joined(address.split("."), 8n) : joined(groupsOf(address), 16n), prefix };
}

const joined = (parts: readonly (string | number)[], width: bigint): bigint =>
  parts.reduce((sum, part) => (sum << width) | BigInt(part), 0n);

/** The eight groups of an IPv6 address. */
function groupsOf(address: string): readonly number[] {
  // the URL parser knows all ways to write one
  const { hostname } = new URL(`http://[${address}]`);
  const [head = [], tail = []] = hostname
    .slice(1, -1)
    .split("::")
    .map((side) => (side === "" ? [] : side.split(":").map((group) => Number.parseInt(group, 16))));
  return [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}
