import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";

export interface FakeAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface FakeRegistry extends Disposable {
  /** `127.0.0.1:port` */
  readonly host: string;
  /** What was asked for so far, as in `GET /v2/fleet/edge-1/manifests/latest`. */
  readonly asked: readonly IncomingMessage[];
}

/** A registry that answers as it likes. @param answer - Undefined for what no test is about: there is no such thing. */
export async function startFakeRegistry(
  answer: (request: IncomingMessage, host: string) => FakeAnswer | undefined,
): Promise<FakeRegistry> {
  const asked: IncomingMessage[] = [];
  let host = "";
  const server = createServer((request, response) => {
    request.resume();
    request.on("end", () => {
      asked.push(request);
      const { status, headers = {}, body = "" } = answer(request, host) ?? { status: 404 };
      response.writeHead(status, { ...headers }).end(body);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  host = `127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  return {
    host,
    asked,
    [Symbol.dispose]: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
