import { Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request as requestHttp } from "node:http";
import { type RequestOptions, request as requestHttps } from "node:https";
import type { KubeConfig, User } from "@kubernetes/client-node";
import type { KubeCredential } from "./kube-api.ts";
import { type Opened, openWebSocket } from "./web-socket.ts";

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With its query; below the server's address. */
  readonly path: string;
  readonly contentType?: string;
  readonly body?: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** For whose credential, and how; made anew for each identity, since connections carry the client certificate. */
type ConfigOf = (user: User) => KubeConfig;

/** As whom requests are sent. */
interface Identity {
  readonly user: User;
  /** Headers that tell it beside what client-node makes of the user; read for each request. */
  readonly readHeaders?: () => Promise<OutgoingHttpHeaders>;
}

/** The credential could not be had: a plugin failed, or a file cannot be read. */
export class CredentialFailure extends Error {
  override readonly name = "CredentialFailure";
}

/** There was no answer in time. */
class LateAnswer extends Error {
  override readonly name = "LateAnswer";

  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs} ms`);
  }
}

/** What of the timeout a server has that has never answered. */
const FIRST_SHARE = 1 / 3;

/** Connections to one API server under one identity; kept open between requests. */
export class Connection {
  readonly server: string;
  readonly #timeoutMs: number;
  readonly #configOf: ConfigOf;
  readonly #identity: Identity;
  readonly #config: KubeConfig;
  #reading: Promise<RequestOptions> | undefined;
  #agent: Agent | undefined;
  #hasAnswered = false;

  constructor(server: string, identity: Identity, configOf: ConfigOf, timeoutMs: number) {
    this.server = server;
    this.#timeoutMs = timeoutMs;
    this.#configOf = configOf;
    this.#identity = identity;
    this.#config = configOf(identity.user);
  }

  /** @throws {@link CredentialFailure}, {@link LateAnswer}; otherwise what node throws. */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    const { headers, ...authorized } = await this.#authorizeInTime();
    return this.#inTime((signal) => {
      const ours = { method: request.method, headers: { ...headers, ...headersOf(request) } };
      return exchange(`${this.server}${request.path}`, { ...authorized, ...ours, signal }, request.body);
    });
  }

  /** Ask for a WebSocket, which is the caller's to end. @throws As {@link send}. */
  async open(path: string, protocol: string): Promise<Opened> {
    const authorized = await this.#authorizeInTime();
    return this.#inTime((signal) => openWebSocket(`${this.server}${path}`, protocol, authorized, signal));
  }

  async #inTime<T>(ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const timeoutMs = this.#hasAnswered ? this.#timeoutMs : Math.ceil(this.#timeoutMs * FIRST_SHARE);
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const answer = await ask(signal);
      this.#hasAnswered = true;
      return answer;
    } catch (cause) {
      throw signal.aborted ? new LateAnswer(timeoutMs) : cause;
    }
  }

  /** The same server as somebody else: what our own credential consists of is not even known there. */
  as(credential: KubeCredential): Connection {
    const base64 = (text: string): string => Buffer.from(text).toString("base64");
    const user: User =
      credential.kind === "token"
        ? { name: "as", token: credential.token }
        : { name: "as", certData: base64(credential.certificate), keyData: base64(credential.key) };
    const connection = new Connection(this.server, { user }, this.#configOf, this.#timeoutMs);
    connection.#hasAnswered = this.#hasAnswered;
    return connection;
  }

  close(): void {
    this.#agent?.destroy();
  }

  /** Whoever waits for a plugin must not wait for ever. */
  #authorizeInTime(): Promise<RequestOptions> {
    const signal = AbortSignal.timeout(this.#timeoutMs);
    const late = `its plugin has not ended within ${this.#timeoutMs} ms`;
    return new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(new CredentialFailure(late)), { once: true });
      this.#authorize().then(resolve, reject);
    });
  }

  /** Plugins and token files are asked for each request, since tokens are short-lived; but once for all that wait. */
  #authorize(): Promise<RequestOptions> {
    this.#reading ??= this.#readCredential().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readCredential(): Promise<RequestOptions> {
    const options: RequestOptions = {};
    const { readHeaders } = this.#identity;
    try {
      await this.#config.applyToHTTPSOptions(options);
    } catch (cause) {
      throw cause instanceof CredentialFailure ? cause : new CredentialFailure(reasonOf(cause));
    }
    options.headers = { ...(options.headers as OutgoingHttpHeaders), ...(await readHeaders?.()) };
    if (options.agent instanceof Agent) {
      this.#agent = Object.assign(options.agent, { keepAlive: true });
    }
    return options;
  }
}

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message.trim() : String(cause));

function headersOf({ contentType, body }: HttpRequest): OutgoingHttpHeaders {
  return {
    accept: "application/json",
    "user-agent": "logical-clouds",
    ...(body === undefined ? {} : { "content-type": contentType, "content-length": Buffer.byteLength(body) }),
  };
}

function exchange(url: string, options: RequestOptions, body: string | undefined): Promise<HttpAnswer> {
  const send = url.startsWith("http:") ? requestHttp : requestHttps;
  return new Promise((resolve, reject) => {
    const request = send(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const { statusCode = 0, headers } = response;
        resolve({ status: statusCode, headers, body: Buffer.concat(chunks).toString() });
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}
