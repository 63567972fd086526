import type { Duplex } from "node:stream";
import type { DnsAnswer, RecordType } from "../../dns/message.ts";
import { DnsStream, StreamEnded } from "./dns-stream.ts";

/** dnsmasq, which is in kube-dns, ends a connection after a hundred. */
const QUESTIONS_PER_STREAM = 64;

/** Connections in turn that may end without any answer. */
const ATTEMPTS = 2;

/** Asks one DNS server, over as many connections as that takes. */
export class DnsClient {
  readonly #open: () => Promise<Duplex>;
  readonly #timeoutMs: number;
  readonly #streams: DnsStream[] = [];
  #opening: Promise<DnsStream> | undefined;

  /** @param timeoutMs - Milliseconds for one answer, from an open connection. */
  constructor(open: () => Promise<Duplex>, timeoutMs: number) {
    this.#open = open;
    this.#timeoutMs = timeoutMs;
  }

  /** @returns undefined where there is no answer in time. @throws What opening fails with, and the connection's own errors. */
  async ask(name: string, type: RecordType): Promise<DnsAnswer | undefined> {
    for (let fruitless = 0; fruitless < ATTEMPTS; ) {
      const stream = await this.#stream();
      const signal = AbortSignal.timeout(this.#timeoutMs);
      try {
        return await stream.ask(name, type, signal);
      } catch (error) {
        if (signal.aborted) return undefined;
        // a server that has had enough of a connection may answer on the next one
        if (!(error instanceof StreamEnded)) throw error;
        if (stream.answered === 0) fruitless++;
      }
    }
    return undefined;
  }

  close(): void {
    for (const stream of this.#streams) stream.close();
  }

  async #stream(): Promise<DnsStream> {
    const last = this.#streams.at(-1);
    if (last?.isOpen === true && last.asked < QUESTIONS_PER_STREAM) return last;
    this.#opening ??= this.#openStream().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #openStream(): Promise<DnsStream> {
    const stream = new DnsStream(await this.#open());
    this.#streams.push(stream);
    return stream;
  }
}
