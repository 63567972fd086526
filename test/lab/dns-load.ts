import { createSocket } from "node:dgram";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { DnsServer } from "./dns-client.ts";
import { type DnsType, decodeAnswer, encodeQuery, type Rcode } from "./dns-message.ts";

/** A load that runs. */
export interface DnsLoad {
  /** So far. */
  readonly sent: number;
  /** End it, wait for the answers that are due, and count. */
  stop(): Promise<DnsLoadCount>;
}

export interface DnsLoadCount {
  readonly sent: number;
  /** By what the server said. */
  readonly answered: { readonly [rcode in Rcode]?: number };
  /** Queries without an answer. */
  readonly lost: number;
  /** Milliseconds of the slowest answer. */
  readonly slowestMs: number;
}

const TICK_MS = 10;
const IDS = 0x1_0000;

/** Queries under way, as dnsperf has it: more might not fit into a socket's buffer, which is no loss of the server's. */
const OUTSTANDING = 100;

/** After which a query is lost. */
const LAST_ANSWER_MS = 2_000;

/**
 * Ask for one name again and again over UDP, at a steady rate and without a second try, until `stop`.
 *
 * @param perSecond - Queries a second, some thousands at most; what a busy machine cannot take in time follows later.
 */
export async function startDnsLoad(
  server: DnsServer,
  name: string,
  type: DnsType,
  perSecond: number,
): Promise<DnsLoad> {
  const socket = createSocket("udp4");
  socket.connect(server.port, server.address);
  await once(socket, "connect");
  // a datagram that finds nobody is a lost answer, as it is on a network
  socket.on("error", () => {});
  const due = new Map<number, number>();
  const answered: { [rcode in Rcode]?: number } = {};
  let [sent, slowestMs] = [0, 0];
  socket.on("message", (message) => {
    const { id, rcode } = decodeAnswer(message);
    const start = due.get(id);
    if (start === undefined || !due.delete(id)) return;
    slowestMs = Math.max(slowestMs, performance.now() - start);
    answered[rcode] = (answered[rcode] ?? 0) + 1;
  });
  const begin = performance.now();
  const timer = setInterval(() => {
    const wanted = ((performance.now() - begin) * perSecond) / 1_000;
    forgetLost(due);
    while (due.size < OUTSTANDING && sent < wanted) {
      const id = sent % IDS;
      due.set(id, performance.now());
      sent += 1;
      socket.send(encodeQuery(id, name, type), () => {});
    }
  }, TICK_MS);
  return {
    get sent() {
      return sent;
    },
    stop: async () => {
      clearInterval(timer);
      for (let waitedMs = 0; due.size > 0 && waitedMs < LAST_ANSWER_MS; waitedMs += TICK_MS) await sleep(TICK_MS);
      socket.close();
      const count = Object.values(answered).reduce((sum, some) => sum + some, 0);
      return { sent, answered, lost: sent - count, slowestMs };
    },
  };
}

/** Take out what nobody answers any more; the oldest comes first. */
function forgetLost(due: Map<number, number>): void {
  const oldest = performance.now() - LAST_ANSWER_MS;
  for (const [id, start] of due) {
    if (start > oldest) return;
    due.delete(id);
  }
}
