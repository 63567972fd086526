import { randomInt } from "node:crypto";
import { once } from "node:events";
import { rename } from "node:fs/promises";
import { createServer } from "node:http";
import { connect } from "node:net";
import type { LabCluster } from "./cluster.ts";

const NAMES = 1_000_000;

/**
 * Play the network on which the API server reaches pods, so that `GET …/pods/<pod>:<port>/proxy/…` comes to a program on
 * loopback. There is one network for a cluster; the last to serve it has it.
 *
 * The API server refuses loopback as a pod's address, and two pods have the same port: so the addresses are made up, and
 * the API server, which would ask Konnectivity in a hosted control plane, asks here.
 *
 * @param portOf - Port on loopback for what a pod's address and port mean; undefined where nobody listens.
 * @returns Ends it.
 */
export async function servePods(
  { podNetwork }: LabCluster,
  portOf: (address: string, port: number) => number | undefined,
): Promise<() => Promise<void>> {
  const server = createServer();
  const open = new Set<{ destroy(): void }>();
  server.on("connect", ({ url = "" }, client) => {
    const [, address = "", port = ""] = /^(.*):(\d+)$/.exec(url) ?? [];
    const local = portOf(address, Number(port));
    if (local === undefined) {
      client.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
      return;
    }
    const program = connect(local, "127.0.0.1", () => {
      client.write("HTTP/1.1 200 OK\r\n\r\n");
      program.pipe(client).pipe(program);
    });
    for (const [end, other] of [
      [client, program],
      [program, client],
    ] as const) {
      open.add(end);
      end.on("error", () => other.destroy()).on("close", () => open.delete(end));
    }
  });
  // a server that ends removes the path that it was given, and it may be another's by then
  const path = `${podNetwork}.${randomInt(NAMES)}`;
  await once(server.listen(path), "listening");
  await rename(path, podNetwork);
  return async () => {
    const closed = once(server, "close");
    server.close();
    for (const end of open) end.destroy();
    await closed;
  };
}
