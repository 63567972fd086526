import { createSocket } from "node:dgram";
import { once } from "node:events";
import { decodeQuestion, encodeRefusal } from "./dns-message.ts";

/** The rest of the world's names. */
export interface DnsUpstream {
  /** On loopback; UDP. */
  readonly port: number;
  /** Names that were asked for, in order, with their trailing dot. */
  readonly asked: readonly string[];
  stop(): Promise<void>;
}

/** Play the DNS servers of a node's /etc/resolv.conf: no name exists, so that no test leaves the machine. */
export async function startDnsUpstream(): Promise<DnsUpstream> {
  const socket = createSocket("udp4");
  const asked: string[] = [];
  socket.on("message", (query, { address, port }) => {
    asked.push(decodeQuestion(query));
    socket.send(encodeRefusal(query, "NXDOMAIN"), port, address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    port: socket.address().port,
    asked,
    stop: async () => {
      const closed = once(socket, "close");
      socket.close();
      await closed;
    },
  };
}
