import { BlockList, isIP } from "node:net";

/**
 * What is wrong with an address at which others are to reach something, by the API server's rules for `externalIPs`.
 *
 * @returns undefined for a right one.
 */
export function ipFault(text: string): string | undefined {
  const family = isIP(text);
  // API servers take neither zones nor IPv4 addresses in the form of IPv6
  if (family === 0 || /%|^::ffff:/i.test(text)) return `"${text}" is no IP address; write it as "192.0.2.1"`;
  return NOWHERE.check(text, family === 4 ? "ipv4" : "ipv6")
    ? `"${text}" leads to no gateway; give an address that other clusters reach`
    : undefined;
}

/** The one way to write an address; any other text as it is. */
export const normalIp = (text: string): string =>
  isIP(text) === 6 && !text.includes("%") ? new URL(`http://[${text}]`).hostname.slice(1, -1) : text;

/** Each host's own, those of a link, and those of many at once. */
const NOWHERE = nowhere();

function nowhere(): BlockList {
  const blocks = new BlockList();
  blocks.addAddress("0.0.0.0", "ipv4");
  blocks.addSubnet("127.0.0.0", 8, "ipv4");
  blocks.addSubnet("169.254.0.0", 16, "ipv4");
  blocks.addSubnet("224.0.0.0", 4, "ipv4");
  blocks.addAddress("::", "ipv6");
  blocks.addAddress("::1", "ipv6");
  blocks.addSubnet("fe80::", 10, "ipv6");
  blocks.addSubnet("ff00::", 8, "ipv6");
  return blocks;
}
