import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { type DnsAnswer, type DnsType, decodeAnswer, encodeQuery } from "./dns-message.ts";

/** Where a DNS server listens. */
export interface DnsServer {
  readonly address: string;
  readonly port: number;
}

export interface DnsQueryOptions {
  /** Whether to ask over TCP. @default false */
  readonly tcp?: boolean;
  /** Octets that we take over UDP, by EDNS. @default 512, without EDNS */
  readonly udpSize?: number;
  /** Milliseconds until a lost answer is an error. @default 5000 */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 5_000;

/**
 * Ask once: no search path, no second try, no TCP after a truncated answer. `Resolver` of node:dns has those, and hides
 * rcode, flags and authority.
 *
 * @param name - With or without trailing dot.
 * @throws Error where no answer comes in time, or nobody listens.
 */
export async function queryDns(
  server: DnsServer,
  name: string,
  type: DnsType,
  options: DnsQueryOptions = {},
): Promise<DnsAnswer> {
  const { tcp = false, udpSize, timeoutMs = TIMEOUT_MS } = options;
  const query = encodeQuery(randomInt(0x1_0000), name, type, udpSize);
  const what = `${type} of ${name} at ${server.address}:${server.port}`;
  const signal = AbortSignal.timeout(timeoutMs);
  const message = await (tcp ? askOverTcp : askOverUdp)(server, query, signal).catch((error: unknown) => {
    throw new Error(`lab: no answer to ${what}`, { cause: error });
  });
  return decodeAnswer(message);
}

function askOverUdp({ address, port }: DnsServer, query: Buffer, signal: AbortSignal): Promise<Buffer> {
  const socket = createSocket("udp4");
  return new Promise<Buffer>((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
    socket.on("error", reject).on("message", (message) => {
      if (message.readUInt16BE(0) === query.readUInt16BE(0)) resolve(message);
    });
    // a connected socket is told where nobody listens
    socket.connect(port, address, () => socket.send(query));
  }).finally(() => socket.close());
}

/** Over TCP, two octets of length precede the message: https://www.rfc-editor.org/rfc/rfc1035#section-4.2.2 */
function askOverTcp({ address, port }: DnsServer, query: Buffer, signal: AbortSignal): Promise<Buffer> {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(query.length);
  const socket = connect(port, address, () => socket.write(Buffer.concat([length, query])));
  let received = Buffer.alloc(0);
  return new Promise<Buffer>((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
    socket.on("error", reject).on("close", () => reject(new Error("closed")));
    socket.on("data", (part) => {
      received = Buffer.concat([received, part]);
      if (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) resolve(received.subarray(2));
    });
  }).finally(() => socket.destroy());
}
