import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { RequestOptions } from "node:https";
import process from "node:process";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { CredentialFailure } from "./connection.ts";

/** The program of a kubeconfig's user that prints a credential. */
export interface ExecConfig {
  readonly command: string;
  readonly args?: readonly string[] | null;
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null;
}

interface ExecCredential {
  readonly status: {
    readonly token?: string;
    readonly clientCertificateData?: string;
    readonly clientKeyData?: string;
    readonly expirationTimestamp?: string;
  };
}

/**
 * Runs a credential plugin when a credential is needed and the last one has ended. Client-node does the same, but lets one
 * that hangs live on for ever, with all that it has started.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 */
export class ExecPlugin {
  readonly #exec: ExecConfig;
  readonly #timeoutMs: number;
  #last: ExecCredential | undefined;

  /** @param timeoutMs - Milliseconds after which it is ended. */
  constructor(exec: ExecConfig, timeoutMs: number) {
    this.#exec = exec;
    this.#timeoutMs = timeoutMs;
  }

  isAuthProvider(): boolean {
    return true;
  }

  /** @throws {@link CredentialFailure} */
  async applyAuthentication(_: unknown, options: RequestOptions): Promise<void> {
    if (this.#last === undefined || hasEnded(this.#last)) this.#last = await runPlugin(this.#exec, this.#timeoutMs);
    const { token, clientCertificateData, clientKeyData } = this.#last.status;
    if (clientCertificateData) options.cert = clientCertificateData;
    if (clientKeyData) options.key = clientKeyData;
    if (token) options.headers = { ...options.headers, Authorization: `Bearer ${token}` };
  }
}

/** One that does not say when it ends is kept. */
function hasEnded({ status: { expirationTimestamp } }: ExecCredential): boolean {
  return expirationTimestamp !== undefined && !(Date.parse(expirationTimestamp) > Date.now());
}

async function runPlugin(exec: ExecConfig, timeoutMs: number): Promise<ExecCredential> {
  const plugin = start(exec);
  const end = (): void => killGroup(plugin);
  const over = new AbortController();
  allowListeners(1);
  process.once("exit", end);
  try {
    const late = setTimeout(timeoutMs, undefined, { signal: over.signal }).then(() => {
      end();
      throw new CredentialFailure(`its plugin has not ended within ${timeoutMs} ms`);
    });
    return await Promise.race([credentialOf(plugin, `its plugin ${exec.command}`), late]);
  } finally {
    over.abort();
    process.off("exit", end);
    allowListeners(-1);
  }
}

type Plugin = ChildProcessByStdio<null, Readable, Readable>;

/** In a process group of its own, since whatever it has started would stay behind. */
function start({ command, args, env }: ExecConfig): Plugin {
  if (!command) throw new CredentialFailure("its plugin has no command");
  const own = Object.fromEntries((env ?? []).map(({ name, value }) => [name, value]));
  return spawn(command, args ?? [], {
    env: { ...process.env, ...own },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** What it prints is told to nobody, since it may be a token; what it says is for people. */
async function credentialOf(plugin: Plugin, at: string): Promise<ExecCredential> {
  const [printed, said, [code]] = await Promise.all([
    text(plugin.stdout),
    text(plugin.stderr),
    once(plugin, "close") as Promise<[number | null]>,
  ]).catch((cause: unknown) => {
    throw new CredentialFailure(`${at} failed: ${cause instanceof Error ? cause.message : String(cause)}`);
  });
  const reason = said.trim();
  if (code !== 0) {
    const what = reason === "" ? "failed and said nothing; run it by hand" : `failed: ${reason}`;
    throw new CredentialFailure(`${at} ${what}`);
  }
  const credential = parse(printed);
  if (credential === undefined) throw new CredentialFailure(`${at} printed no ExecCredential`);
  return credential;
}

function parse(printed: string): ExecCredential | undefined {
  try {
    const credential = JSON.parse(printed) as Partial<ExecCredential> | null;
    return credential?.status == null ? undefined : { status: credential.status };
  } catch {
    return undefined;
  }
}

function killGroup({ pid }: Plugin): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // it has ended by itself
  }
}

/** Node warns where there are many. There is one for each cluster. Zero is no limit. */
function allowListeners(more: number): void {
  const limit = process.getMaxListeners();
  if (limit > 0) process.setMaxListeners(limit + more);
}
