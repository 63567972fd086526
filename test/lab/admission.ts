import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { createAuthority } from "./authority.ts";

/** What API servers ask before they take an object, as a control plane answers: everything is admitted, while it is up. */
export class Admission implements AsyncDisposable {
  /** Whether it answers; while it does not, it ends connections. */
  isUp = true;
  /** Requests that were not answered so far. */
  unanswered = 0;
  readonly #server: Server;
  readonly #certificate: string;

  private constructor(server: Server, certificate: string) {
    this.#server = server;
    this.#certificate = certificate;
    server.on("request", async (request, response) => {
      if (!this.isUp) {
        this.unanswered += 1;
        request.socket.destroy();
        return;
      }
      const { apiVersion, kind, request: asked } = (await json(request)) as Review;
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ apiVersion, kind, response: { uid: asked.uid, allowed: true } }));
    });
  }

  static async start(): Promise<Admission> {
    const authority = createAuthority("admission");
    const { certificate: cert, key } = authority.issue("admission", { ipAddresses: ["127.0.0.1"] });
    const server = createServer({ cert, key }).listen(0, "127.0.0.1");
    await once(server, "listening");
    return new Admission(server, authority.certificate);
  }

  /** Where a webhook is, for its configuration. */
  get clientConfig(): { readonly url: string; readonly caBundle: string } {
    const { port } = this.#server.address() as AddressInfo;
    return { url: `https://127.0.0.1:${port}/`, caBundle: Buffer.from(this.#certificate).toString("base64") };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}

interface Review {
  readonly apiVersion: string;
  readonly kind: string;
  readonly request: { readonly uid: string };
}
