import type { Duplex } from "node:stream";
import { type DnsAnswer, decodeAnswer, encodeQuery, type RecordType } from "../../dns/message.ts";

interface Question {
  readonly resolve: (answer: DnsAnswer) => void;
  readonly reject: (reason: unknown) => void;
}

const LENGTH_OCTETS = 2;
const MAX_ID = 0xffff;

/** The stream ended, or what it brings made no sense, before all answers were there. */
export class StreamEnded extends Error {
  override readonly name = "StreamEnded";
}

/** A DNS server over TCP, that may be asked several things at once. @see https://www.rfc-editor.org/rfc/rfc7766 */
export class DnsStream {
  readonly #stream: Duplex;
  readonly #open = new Map<number, Question>();
  #received: Buffer = Buffer.alloc(0);
  #asked = 0;
  #answered = 0;
  #end: unknown;

  constructor(stream: Duplex) {
    this.#stream = stream;
    stream.on("data", (part: Buffer) => this.#take(part));
    stream.on("error", (error) => this.#close(error));
    stream.on("end", () => this.#close(new StreamEnded("the DNS server ended the connection")));
    stream.on("close", () => this.#close(new StreamEnded("the connection was ended")));
  }

  /** How many questions were sent. */
  get asked(): number {
    return this.#asked;
  }

  /** How many of them were answered. */
  get answered(): number {
    return this.#answered;
  }

  get isOpen(): boolean {
    return this.#end === undefined;
  }

  /**
   * @param signal - Gives up the question, not the stream.
   * @throws {@link StreamEnded}, the stream's error, or the signal's reason.
   */
  ask(name: string, type: RecordType, signal: AbortSignal): Promise<DnsAnswer> {
    const id = this.#asked++ & MAX_ID;
    const { promise, resolve, reject } = Promise.withResolvers<DnsAnswer>();
    if (this.#end !== undefined) reject(this.#end);
    const giveUp = (): void => reject(signal.reason);
    signal.addEventListener("abort", giveUp, { once: true });
    this.#open.set(id, { resolve, reject });
    if (this.isOpen) this.#stream.write(encodeQuery(id, name, type));
    return promise.finally(() => {
      signal.removeEventListener("abort", giveUp);
      this.#open.delete(id);
    });
  }

  close(): void {
    this.#stream.destroy();
  }

  #close(end: unknown): void {
    this.#end ??= end;
    for (const { reject } of this.#open.values()) reject(this.#end);
  }

  #take(part: Buffer): void {
    this.#received = Buffer.concat([this.#received, part]);
    for (;;) {
      if (this.#received.length < LENGTH_OCTETS) return;
      const end = LENGTH_OCTETS + this.#received.readUInt16BE(0);
      if (this.#received.length < end) return;
      const answer = decodeAnswer(this.#received.subarray(LENGTH_OCTETS, end));
      this.#received = this.#received.subarray(end);
      if (answer === undefined) {
        this.#close(new StreamEnded("what the DNS server sends cannot be read"));
        this.close();
        return;
      }
      const question = this.#open.get(answer.id);
      // what nobody has asked answers nothing: the question ends by its time
      if (question === undefined) continue;
      this.#answered++;
      question.resolve(answer);
    }
  }
}
