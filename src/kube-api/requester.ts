import type { WebSocket } from "ws";
import type { CloudError } from "../model/error.ts";
import { answerError, connectionError, type Subject } from "./api-error.ts";
import type { Connection, HttpAnswer, HttpRequest } from "./connection.ts";
import type { KubeCredential } from "./kube-api.ts";
import { withRetries } from "./retry.ts";

/** Requests to one API server under one identity; whatever fails is told as {@link CloudError}. */
export class Requester {
  readonly #connection: Connection;
  #serverTime: Date | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** @throws {@link CloudError} where there is no answer; any answer is returned. */
  async send(subject: Subject, request: HttpRequest): Promise<HttpAnswer> {
    try {
      const answer = await withRetries(request, (each) => this.#connection.send(each));
      const time = new Date(answer.headers.date ?? "");
      if (!Number.isNaN(time.getTime())) this.#serverTime = time;
      return answer;
    } catch (cause) {
      throw connectionError(subject, this.#connection.server, cause);
    }
  }

  /** The object that a successful answer holds. @throws {@link CloudError} for any other answer. */
  read<T>(subject: Subject, answer: HttpAnswer): T {
    const text = this.readText(subject, answer);
    try {
      return JSON.parse(text);
    } catch {
      throw answerError(subject, answer);
    }
  }

  /** What a successful answer holds, whatever it is. @throws {@link CloudError} for any other answer. */
  readText(subject: Subject, answer: HttpAnswer): string {
    if (answer.status < 200 || answer.status > 299) throw answerError(subject, answer);
    return answer.body;
  }

  /** A WebSocket, the caller's to end. @throws {@link CloudError} where there is none; it is not tried again. */
  async open(subject: Subject, path: string, protocol: string): Promise<WebSocket> {
    const opened = await this.#connection.open(path, protocol).catch((cause: unknown) => {
      throw connectionError(subject, this.#connection.server, cause);
    });
    if (opened.kind === "open") return opened.socket;
    throw answerError(subject, opened.answer);
  }

  serverTime(): Date {
    return this.#serverTime ?? new Date();
  }

  as(credential: KubeCredential): Requester {
    return new Requester(this.#connection.as(credential));
  }

  close(): void {
    this.#connection.close();
  }
}
