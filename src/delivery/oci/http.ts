import { setTimeout } from "node:timers/promises";
import { CloudError } from "../../model/error.ts";

const ATTEMPTS = 4;
const FIRST_DELAY_MS = 250;
const MAX_BYTES = 256 * 1024 * 1024;

export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT";
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

/**
 * Send a request, and again where the server or the connection failed: all that we ask of registries may be asked twice.
 * What is read may be elsewhere; then no credential goes along.
 *
 * @param timeoutMs - Milliseconds for each attempt.
 * @throws {@link CloudError} `UNREACHABLE`
 */
export async function send(request: HttpRequest, timeoutMs: number): Promise<HttpAnswer> {
  for (let attempt = 1; ; attempt++) {
    const isLast = attempt === ATTEMPTS;
    try {
      const answer = await sendOnce(request, timeoutMs);
      if (isLast || !(answer.status === 429 || answer.status >= 500)) return answer;
    } catch (cause) {
      if (isLast || isTimeout(cause)) throw unreachable(request.url, cause);
    }
    await setTimeout(FIRST_DELAY_MS * 2 ** attempt);
  }
}

async function sendOnce({ method, url, headers = {}, body }: HttpRequest, timeoutMs: number): Promise<HttpAnswer> {
  const response = await fetch(url, {
    method,
    headers,
    redirect: method === "GET" || method === "HEAD" ? "follow" : "manual",
    signal: AbortSignal.timeout(timeoutMs),
    ...(body === undefined ? {} : { body: new Uint8Array(body) }),
  });
  return { status: response.status, headers: response.headers, body: await readBody(response) };
}

/** A server cannot make us hold more than there is room for. */
async function readBody({ body }: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > MAX_BYTES) throw new RangeError(`the answer has more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const isTimeout = (error: unknown): boolean => error instanceof Error && error.name === "TimeoutError";

/** @param url - Only its host is told: uploads have a token in theirs. */
function unreachable({ host }: URL, cause: unknown): CloudError {
  const reason = isTimeout(cause) ? "timed out" : reasonOf(cause);
  return new CloudError("UNREACHABLE", `${host}: the registry cannot be reached (${reason}); is it up?`, { cause });
}

/** fetch tells of the connection in the cause of its error. */
function reasonOf(error: unknown): string {
  const { cause } = error instanceof Error ? error : {};
  if (cause instanceof Error && "code" in cause) return String(cause.code);
  return error instanceof RangeError ? error.message : "no connection";
}
