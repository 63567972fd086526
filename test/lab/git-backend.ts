import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { GIT_ENVIRONMENT } from "./git-repository.ts";

/** Where a connection is dropped, in bytes of the body. */
export interface ConnectionCut {
  /**
   * `request`: the server has got this much of the push and changes nothing. `answer`: the push is in the repository, and
   * its client is not told.
   */
  readonly of: "request" | "answer";
  readonly afterBytes: number;
}

/** What happens to the next push. */
export interface PushPlan {
  readonly cut?: ConnectionCut | undefined;
  readonly before?: (() => Promise<unknown>) | undefined;
}

export interface GitExchange {
  /** Folder of the repositories. */
  readonly root: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly plan: PushPlan;
}

const HEADER_END = "\r\n\r\n";

/**
 * Answer a request by `git http-backend`.
 *
 * @param setPlan - Called with what is left of the plan.
 * @see https://git-scm.com/docs/git-http-backend
 */
export async function serveGit(exchange: GitExchange, setPlan: (plan: PushPlan) => void): Promise<void> {
  const { request, response, plan } = exchange;
  const isPush = request.method === "POST" && (request.url ?? "").endsWith("/git-receive-pack");
  if (isPush && plan.before !== undefined) {
    setPlan({ ...plan, before: undefined });
    await plan.before();
  }
  const backend = spawn("git", ["http-backend"], { env: environmentOf(exchange) });
  backend.stdin.on("error", () => {}); // it may refuse without reading all
  backend.stderr.resume();
  const cut = isPush ? plan.cut : undefined;
  const onCut = (): void => setPlan({ ...plan, cut: undefined, before: undefined });
  send(exchange, backend, cut?.of === "request" ? cut.afterBytes : Number.POSITIVE_INFINITY, onCut);
  await reply(backend, response, cut?.of === "answer" ? cut.afterBytes : Number.POSITIVE_INFINITY, onCut);
}

/** RFC 3875 §4.1. No CONTENT_LENGTH: the program would wait for ever, busily, for what a cut connection does not bring. */
function environmentOf({ root, request }: GitExchange): NodeJS.ProcessEnv {
  const { pathname, search } = new URL(request.url ?? "/", "http://127.0.0.1");
  const { headers } = request;
  return {
    ...GIT_ENVIRONMENT,
    GIT_PROJECT_ROOT: root,
    GIT_HTTP_EXPORT_ALL: "1",
    REQUEST_METHOD: request.method,
    PATH_INFO: decodeURIComponent(pathname),
    QUERY_STRING: search.slice(1),
    CONTENT_TYPE: headers["content-type"],
    HTTP_CONTENT_ENCODING: headers["content-encoding"],
    GIT_PROTOCOL: [headers["git-protocol"]].flat()[0],
    REMOTE_ADDR: "127.0.0.1",
    REMOTE_USER: "lab",
  };
}

/** The cut comes after a header, since clients silently try again where nothing was answered. */
function send(
  { request, response }: GitExchange,
  backend: ChildProcessWithoutNullStreams,
  limit: number,
  onCut: () => void,
): void {
  let sent = 0;
  request.on("data", (chunk: Buffer) => {
    if (sent < limit) backend.stdin.write(chunk.subarray(0, limit - sent));
    sent += chunk.length;
    if (sent <= limit || response.headersSent) return;
    onCut();
    response.writeHead(200, { "content-type": "application/x-git-receive-pack-result" });
    response.write("0", () => request.destroy());
  });
  request.on("close", () => backend.stdin.end());
  request.on("error", () => {});
}

/** The answer is sent when the program has ended, so that a push whose answer is cut is in the repository. */
async function reply(
  backend: ChildProcessWithoutNullStreams,
  response: ServerResponse,
  limit: number,
  onCut: () => void,
): Promise<void> {
  const [output] = await Promise.all([buffer(backend.stdout), once(backend, "close")]);
  if (response.headersSent) return; // and cut
  const headerEnd = output.indexOf(HEADER_END);
  const header = output.subarray(0, Math.max(headerEnd, 0)).toString("latin1");
  const body = output.subarray(headerEnd + HEADER_END.length);
  const lines = header.split("\r\n").map((line) => line.split(/: (.*)/, 2));
  const headers = Object.fromEntries(lines.filter(([, value]) => value !== undefined));
  const status = headerEnd < 0 ? 500 : Number.parseInt(headers["Status"] ?? "200", 10);
  response.writeHead(status, headers);
  if (body.length <= limit) {
    response.end(body);
    return;
  }
  onCut();
  response.write(body.subarray(0, limit), () => response.destroy());
}
