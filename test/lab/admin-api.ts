import { request } from "node:https";
import { text } from "node:stream/consumers";
import type { KubeconfigEntry } from "./kubeconfig.ts";

/** What an API server answered. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/**
 * GET with a client certificate, over a connection of its own.
 *
 * @returns undefined where nobody answers.
 */
export function get(
  { server, certificateAuthority, credential }: KubeconfigEntry,
  path: string,
): Promise<Answer | undefined> {
  const { certificate: cert, key } = credential;
  return new Promise((resolve) => {
    request(`${server}${path}`, { ca: certificateAuthority, cert, key, agent: false }, (response) => {
      text(response).then(
        (body) => resolve({ status: response.statusCode ?? 0, body }),
        () => resolve(undefined),
      );
    })
      .on("error", () => resolve(undefined))
      .end();
  });
}
