import { request } from "node:https";
import { text } from "node:stream/consumers";
import type { KeyPair } from "./authority.ts";

/** Where to ask, and as whom. */
export interface HttpsServer {
  /** `https://host:port` */
  readonly server: string;
  /** PEM */
  readonly certificateAuthority: string;
  /** A client certificate. @default none */
  readonly credential?: KeyPair;
}

const TIMEOUT_MS = 5_000;

/**
 * GET, over a connection of its own.
 *
 * @returns undefined where nobody answers (in 5 s), or somebody whom the authority does not know.
 */
export function get(
  { server, certificateAuthority, credential }: HttpsServer,
  path: string,
): Promise<{ readonly status: number; readonly body: string } | undefined> {
  const { certificate: cert, key } = credential ?? {};
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  return new Promise((resolve) => {
    request(`${server}${path}`, { ca: certificateAuthority, cert, key, agent: false, signal }, (response) => {
      text(response).then(
        (body) => resolve({ status: response.statusCode ?? 0, body }),
        () => resolve(undefined),
      );
    })
      .on("error", () => resolve(undefined))
      .end();
  });
}
