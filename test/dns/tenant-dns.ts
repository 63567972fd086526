import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { type DnsServer, queryDns } from "../lab/dns-client.ts";
import { decodeQuestion, encodeRefusal } from "../lab/dns-message.ts";

/** A DNS server of a tenant's own, over UDP on loopback. */
export interface TenantDns extends DnsServer, AsyncDisposable {
  /** Names that it was asked for, in order, with their trailing dot. */
  readonly asked: readonly string[];
}

/** What it answers to a query: the message; undefined for nothing at all. */
type Answer = (query: Buffer) => Promise<Buffer | undefined> | Buffer | undefined;

export async function startTenantDns(answer: Answer, family: "udp4" | "udp6" = "udp4"): Promise<TenantDns> {
  const socket: Socket = createSocket(family);
  const asked: string[] = [];
  socket.on("message", async (query, { address, port }) => {
    asked.push(decodeQuestion(query));
    const message = await answer(query);
    if (message !== undefined) socket.send(message, port, address, () => {});
  });
  const address = family === "udp4" ? "127.0.0.1" : "::1";
  socket.bind(0, address);
  await once(socket, "listening");
  return {
    address,
    port: socket.address().port,
    asked,
    [Symbol.asyncDispose]: async () => {
      const closed = once(socket, "close");
      socket.close();
      await closed;
    },
  };
}

/** Asks whoever asked it for the very same, and says that there is nothing once it knows. */
export const askBack =
  (server: () => DnsServer): Answer =>
  async (query) => {
    await queryDns(server(), decodeQuestion(query), "A", { timeoutMs: 10_000 }).catch(() => {});
    return encodeRefusal(query, "NXDOMAIN");
  };

/** Says that whatever it is asked for is another name. */
export const aliasOf =
  (target: string): Answer =>
  (query) => {
    const message = encodeRefusal(query, "NOERROR");
    message.writeUInt16BE(1, 6);
    const name = Buffer.concat([
      ...target.split(".").flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]),
      Buffer.from([0]),
    ]);
    // the name that was asked for, type CNAME, class IN, 30 s, and the length of what follows
    return Buffer.concat([message, Buffer.from([0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 30, 0, name.length]), name]);
  };

/** Says that whatever it is asked for does not exist. */
export const nothing: Answer = (query) => encodeRefusal(query, "NXDOMAIN");
