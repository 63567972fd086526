import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:net";

/** Ports above are what systems give to outgoing connections, so they come and go. */
const END = 32_768;
const COUNT = 8192;

/**
 * A port of loopback that nobody listens on. Until this process ends, no other caller on this machine gets it, since its
 * user may leave it for a moment: CoreDNS does whenever it reloads, and if somebody else listens there by then, it goes on
 * without metrics.
 */
export async function findFreePort(): Promise<number> {
  for (;;) {
    const port = randomInt(END - COUNT, END);
    // who has a port holds the one that is so many below
    const held = await listenOn(port - COUNT);
    const tried = held && (await listenOn(port));
    if (tried === undefined) {
      held?.close();
      continue;
    }
    const closed = once(tried, "close");
    tried.close();
    await closed;
    return port;
  }
}

/** @returns undefined where somebody listens already. */
async function listenOn(port: number): Promise<Server | undefined> {
  const server = createServer().listen(port, "127.0.0.1").unref();
  return once(server, "listening").then(
    () => server,
    () => undefined,
  );
}
