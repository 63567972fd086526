import { BlockList, isIP } from "node:net";

/** More upstreams CoreDNS refuses, with the whole Corefile; OpenShift's operator too. */
export const MAX_ADDRESSES = 15;

/**
 * What is wrong with the address of a DNS server that a zone is forwarded to: a Corefile takes `192.0.2.1`,
 * `192.0.2.1:5353`, `2001:db8::1` and `[2001:db8::1]:5353`. A name in its place makes CoreDNS refuse the whole Corefile.
 *
 * @returns What is wrong and what to do; undefined if nothing is.
 */
export function addressFault(text: string): string | undefined {
  const address = hostOf(text);
  if (address === undefined) {
    return `"${text}" is no IP address; write it as 192.0.2.1, 192.0.2.1:5353 or [2001:db8::1]:5353`;
  }
  if (!OWN.check(address, isIP(address) === 4 ? "ipv4" : "ipv6")) return undefined;
  return `"${text}" leads back to the cluster's own DNS server; give another server's address`;
}

/** The IP address without its port; undefined for a text that is none. */
export function hostOf(text: string): string | undefined {
  const { v6, v4, port = "53" } = WITH_PORT.exec(text)?.groups ?? {};
  const address = v6 ?? v4 ?? text;
  const family = isIP(address);
  const isRight = v6 === undefined ? v4 === undefined || family === 4 : family === 6;
  const isPort = Number(port) >= 1 && Number(port) <= 65_535;
  return family !== 0 && isRight && isPort && !address.includes("%") ? address : undefined;
}

/** An address without `:53`, which some servers do not take: it says nothing. */
export function withoutUsualPort(text: string): string {
  const { v6, v4, port } = WITH_PORT.exec(text)?.groups ?? {};
  return port === "53" ? (v6 ?? v4 ?? text) : text;
}

const WITH_PORT = /^(?:\[(?<v6>[^[\]]*)\]|(?<v4>[\d.]+)):(?<port>[1-9]\d{0,4})$/;

/** What is the server itself: its host, and any address. */
const OWN = ownAddresses();

function ownAddresses(): BlockList {
  const own = new BlockList();
  own.addSubnet("127.0.0.0", 8, "ipv4");
  own.addSubnet("0.0.0.0", 8, "ipv4");
  own.addAddress("::1", "ipv6");
  own.addAddress("::", "ipv6");
  return own;
}
