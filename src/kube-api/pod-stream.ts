import { Duplex } from "node:stream";
import type { WebSocket } from "ws";

/** How a kubelet takes one port over a WebSocket: a byte before each message says what it is. */
export const PORT_FORWARD_PROTOCOL = "v4.channel.k8s.io";

const CONTENT = 0;
const ERROR = 1;

/** The first message of each channel is the port's number. */
const PORT_LENGTH = 2;

/** After a connection that was not ended, but lost. */
const LOST = 1006;

/**
 * A connection to a port of a pod. It has no half end: after `end()` the other side is not told, and goes on; `destroy()`
 * ends it all.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/v1.37.2/staging/src/k8s.io/cri-streaming/pkg/streaming/portforward/websocket.go
 */
export class PodStream extends Duplex {
  readonly #socket: WebSocket;
  readonly #errorOf: (reason: string) => Error;
  readonly #begun = new Set<number>();

  /** @param errorOf - For what the kubelet says, as that nobody listens on the port. */
  constructor(socket: WebSocket, errorOf: (reason: string) => Error) {
    super();
    this.#socket = socket;
    this.#errorOf = errorOf;
    socket.on("message", (message: Buffer) => this.#take(message));
    socket.on("error", (error) => this.destroy(errorOf(error.message)));
    socket.on("close", (code) => {
      if (code === LOST) this.destroy(errorOf("the connection was cut off"));
      else this.push(null);
    });
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    // why a connection takes nothing any more is told by its end
    this.#socket.send(Buffer.concat([Buffer.of(CONTENT), chunk]), () => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.terminate();
    done(error);
  }

  #take(message: Buffer): void {
    const [channel = CONTENT] = message;
    const start = this.#begun.has(channel) ? 1 : 1 + PORT_LENGTH;
    this.#begun.add(channel);
    const content = message.subarray(start);
    if (content.length === 0 || this.destroyed) return;
    if (channel === ERROR) this.destroy(this.#errorOf(content.toString().trim()));
    else if (!this.push(content)) this.#socket.pause();
  }
}
