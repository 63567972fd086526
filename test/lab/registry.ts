import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { answers, Components } from "./components.ts";

export interface RegistryOptions {
  /** Whether it asks everybody for {@link REGISTRY_CREDENTIAL}. Default: it is open. */
  readonly isPrivate?: boolean;
}

export const REGISTRY_CREDENTIAL = { username: "agent", password: "secret" };

/** Its line of an htpasswd file; the registry knows bcrypt alone. */
const HTPASSWD = "agent:$2y$05$lcloudlcloudlcloudlcleAa2CEpYaMpe8AzWs3FKuplNJG2iXk8u\n";

/** A real OCI registry on loopback, over plain HTTP. */
export interface Registry extends AsyncDisposable {
  /** `127.0.0.1:port` */
  readonly host: string;
  /** Ends it and removes what it holds. */
  stop(): Promise<void>;
}

/**
 * Start the registry of Debian's package docker-registry. Tags may be moved and deleted, digests deleted.
 *
 * @throws Error that says what to install, or with the end of its log; nothing is left then.
 */
export async function startRegistry({ isPrivate = false }: RegistryOptions = {}): Promise<Registry> {
  if (!(await hasRegistry()))
    throw new Error("lab: there is no docker-registry; install it (apt-get install docker-registry)");
  const components = await Components.create("registry");
  const stop = (): Promise<void> => components.stop();
  const config = join(components.folder, "config.json");
  try {
    await mkdir(join(components.folder, "content"));
    const htpasswd = join(components.folder, "htpasswd");
    await writeFile(htpasswd, HTPASSWD);
    const settings = {
      ...configOf(join(components.folder, "content")),
      ...(isPrivate ? { auth: { htpasswd: { realm: "lab", path: htpasswd } } } : {}),
    };
    await writeFile(config, JSON.stringify(settings));
    const port = await components.start({
      name: "docker-registry",
      command: "sh",
      args: (free) => [
        "-c",
        'REGISTRY_HTTP_ADDR="$1" exec docker-registry serve "$2"',
        "sh",
        `127.0.0.1:${free}`,
        config,
      ],
      env: { PATH: process.env["PATH"], TMPDIR: components.folder, OTEL_TRACES_EXPORTER: "none" },
      // not /v2/, which a private one shows to nobody
      isReady: (free) => answers(free, "/"),
    });
    return { host: `127.0.0.1:${port}`, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Whether docker-registry is on PATH. */
export const hasRegistry = (): Promise<boolean> =>
  promisify(execFile)("docker-registry", ["--version"]).then(
    () => true,
    () => false,
  );

/** @see https://distribution.github.io/distribution/about/configuration/ */
const configOf = (content: string): object => ({
  version: "0.1",
  log: { accesslog: { disabled: true } },
  storage: { filesystem: { rootdirectory: content }, delete: { enabled: true } },
  http: { addr: "127.0.0.1:0" },
});
