import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectionCut, type PushPlan, serveGit } from "./git-backend.ts";
import { createBareRepository, type LabRepository, type RepositoryOptions } from "./git-repository.ts";
import { removeAtEnd } from "./guarded-process.ts";

export type { ConnectionCut } from "./git-backend.ts";
export type { LabRepository, RepositoryOptions, StoredCommit } from "./git-repository.ts";

/** A real git server on loopback: `git http-backend` behind HTTP, protocol versions 0 to 2. */
export interface GitServer extends AsyncDisposable {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  /**
   * Make an empty bare repository.
   *
   * @param name - A path segment, as `fleet`; its URL is `<server>/fleet.git`.
   */
  createRepository(name: string, options?: ServedRepositoryOptions): Promise<ServedRepository>;
  /** Ends the server and removes its repositories. */
  stop(): Promise<void>;
}

export interface ServedRepositoryOptions extends RepositoryOptions {
  /** Who may read and push; all others get 401. @default everybody */
  readonly credential?: BasicCredential;
}

/** HTTP basic authentication. */
export interface BasicCredential {
  readonly username: string;
  readonly password: string;
}

/** A repository of the server. Its own functions work on the files, past hook, credential and cut. */
export interface ServedRepository extends LabRepository {
  /** `http://127.0.0.1:port/name.git`, without a credential. */
  readonly url: string;
  /** Drop the connection of the next push that is long enough; the one after it passes again. */
  cutNextPush(cut: ConnectionCut): void;
  /** Call once when the next push has come and the repository has not yet seen it: who commits here wins the race. */
  beforeNextPush(action: () => Promise<unknown>): void;
}

interface Hosted {
  readonly repository: LabRepository;
  readonly credential: BasicCredential | undefined;
  plan: PushPlan;
}

/**
 * Start a git server.
 *
 * ```ts
 * await using server = await startGitServer();
 * const fleet = await server.createRepository("fleet", { preReceive: "echo 'protected branch' >&2; exit 1" });
 * await fleet.commit({ "README.md": "hello\n" });
 * ```
 *
 * It lives in this process, so it answers nobody while that waits for a command synchronously.
 */
export async function startGitServer(): Promise<GitServer> {
  const root = await mkdtemp(join(tmpdir(), "lcloud-git-"));
  const release = removeAtEnd(root);
  const hosted = new Map<string, Hosted>();
  const server = createServer((request, response) => answer(root, hosted, request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${portOf(server.address())}`;
  const stop = async (): Promise<void> => {
    server.close();
    server.closeAllConnections();
    await rm(root, { recursive: true, force: true, maxRetries: 5 });
    await release();
  };
  return {
    url,
    createRepository: async (name, options = {}) => {
      const repository = await createBareRepository(join(root, `${name}.git`), options);
      const entry: Hosted = { repository, credential: options.credential, plan: {} };
      hosted.set(`${name}.git`, entry);
      return serve(`${url}/${name}.git`, entry);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

const serve = (url: string, entry: Hosted): ServedRepository => ({
  ...entry.repository,
  url,
  cutNextPush: (cut) => {
    entry.plan = { ...entry.plan, cut };
  },
  beforeNextPush: (before) => {
    entry.plan = { ...entry.plan, before };
  },
});

function answer(
  root: string,
  hosted: ReadonlyMap<string, Hosted>,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const [, name = ""] = (request.url ?? "/").split("/");
  const entry = hosted.get(name);
  if (entry === undefined) {
    response.writeHead(404).end();
  } else if (entry.credential !== undefined && request.headers.authorization !== authorizationOf(entry.credential)) {
    response.writeHead(401, { "www-authenticate": 'Basic realm="lab"' }).end();
  } else {
    serveGit({ root, request, response, plan: entry.plan }, (plan) => {
      entry.plan = plan;
    });
  }
}

/** The header `Authorization` that tells a credential. */
export const authorizationOf = ({ username, password }: BasicCredential): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;

function portOf(address: ReturnType<ReturnType<typeof createServer>["address"]>): number {
  if (address === null || typeof address === "string") throw new Error("lab: the git server has no port");
  return address.port;
}
