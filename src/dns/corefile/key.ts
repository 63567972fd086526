/** What a key of a server block stands for. */
export interface ZoneKey {
  /** `dns`, or another protocol. */
  readonly transport: string;
  /** Lower case, with a trailing dot; empty for a key that CoreDNS refuses because it has none. */
  readonly zone: string;
  /** Decimal; empty for the usual one of another protocol. */
  readonly port: string;
}

/**
 * A key as CoreDNS normalises it: with its scheme, in lower case, with a trailing dot and a port. Blocks of addresses,
 * which CoreDNS turns into reverse zones, stay as they are written.
 *
 * @see https://github.com/coredns/coredns/blob/v1.15.0/core/dnsserver/register.go InspectServerBlocks
 */
export function parseKey(key: string): ZoneKey {
  const [, transport = "dns", address = key] = SCHEME.exec(key) ?? [];
  const colon = address.lastIndexOf(":");
  const port = colon < 0 ? undefined : parsePort(address.slice(colon + 1));
  return {
    transport,
    zone: lowerCase(fullyQualified(port === undefined ? address : address.slice(0, colon))),
    port: port ?? (transport === "dns" ? DEFAULT_PORT : ""),
  };
}

/** Of keys that name none: CoreDNS has a flag for another one, which no platform sets. */
const DEFAULT_PORT = "53";

const SCHEME = /^(tls|dns|quic|grpc|https3|https|unix):\/\/(.*)$/s;

const INT64_MAX = 2n ** 63n - 1n;

/** A port as Go reads numbers: with a sign and zeros before it, or undefined where it is none. */
function parsePort(text: string): string | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined;
  const magnitude = BigInt(text.replace(/^[+-]/, ""));
  const port = text.startsWith("-") ? -magnitude : magnitude;
  return port > INT64_MAX || port < -INT64_MAX - 1n ? undefined : String(port);
}

/** A dot after an odd number of backslashes belongs to the label. A key without a zone is not that of the root. */
function fullyQualified(name: string): string {
  if (name === "") return name;
  let at = name.length - 1;
  while (name[at - 1] === "\\") at--;
  const backslashes = name.length - 1 - at;
  return name.endsWith(".") && backslashes % 2 === 0 ? name : `${name}.`;
}

/** Go turns letters one by one: a sigma at the end is as any other, and the dotted I of Turkish becomes an `i`. */
const lowerCase = (text: string): string => text.replaceAll("\u0130", "i").replaceAll("\u03A3", "\u03C3").toLowerCase();
