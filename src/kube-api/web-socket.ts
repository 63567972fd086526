import type { ClientRequest, IncomingMessage } from "node:http";
import type { RequestOptions } from "node:https";
import type { WebSocket } from "ws";
import type { HttpAnswer } from "./connection.ts";

/** What came of asking a server to switch to a WebSocket. */
export type Opened =
  | { readonly kind: "open"; readonly socket: WebSocket }
  /** It answered as to any other request. */
  | { readonly kind: "answered"; readonly answer: HttpAnswer };

/**
 * Ask a server to switch to a WebSocket.
 *
 * @param url - `https:` or `http:`
 * @param protocol - The one that we speak.
 * @param signal - Gives up; of no meaning once the promise is fulfilled.
 * @throws What node throws where there is no connection, or it is given up.
 */
export async function openWebSocket(
  url: string,
  protocol: string,
  options: Pick<RequestOptions, "agent" | "auth" | "headers">,
  signal: AbortSignal,
): Promise<Opened> {
  // only what forwards ports needs it
  const { WebSocket } = await import("ws");
  const socket = new WebSocket(url.replace(/^http/, "ws"), protocol, { ...options, perMessageDeflate: false });
  const giveUp = (): void => socket.terminate();
  if (signal.aborted) giveUp();
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    return await new Promise<Opened>((resolve, reject) => {
      socket.once("open", () => resolve({ kind: "open", socket }));
      socket.once("error", reject);
      socket.once("unexpected-response", (request: ClientRequest, response: IncomingMessage) => {
        readAnswer(response)
          .then((answer) => resolve({ kind: "answered", answer }), reject)
          .finally(() => request.destroy());
      });
    });
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

async function readAnswer(response: IncomingMessage): Promise<HttpAnswer> {
  const { statusCode = 0, headers } = response;
  return { status: statusCode, headers, body: Buffer.concat(await response.toArray()).toString() };
}
