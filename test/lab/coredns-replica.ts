import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Components } from "./components.ts";
import { type CorefileFolder, mountCorefiles } from "./corefile-mount.ts";
import type { DnsServer } from "./dns-client.ts";
import { LocalPorts } from "./pod-ports.ts";

/** A value of a metric, with its labels. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What every replica of one cluster has. */
export interface ReplicaSpec {
  /** Of the pod. */
  readonly name: string;
  /** Path of the program. */
  readonly command: string;
  /** File by which it reads Services. */
  readonly kubeconfig: string;
  /** `127.0.0.1:port` */
  readonly upstream: string;
  /** As those of a `Mount`. @default none */
  readonly routes?: Readonly<Record<string, string>>;
  /** Port of the pod that has DNS: that of the block `.`. */
  readonly dnsPort: number;
}

const ATTEMPTS = 3;
const DEFAULT_DNS_PORT = 53;
const METRICS_PORT = 9153;

/** How the log ends a reload, well or badly. */
const RELOADED = ["[INFO] Reloading complete", "[ERROR] Restart failed"];

/** One process of CoreDNS that plays a pod. */
export class CoreDnsReplica implements DnsServer {
  readonly address = "127.0.0.1";
  readonly #spec: ReplicaSpec;
  readonly #components: Components;
  readonly #ports = new LocalPorts();
  #mounts = 0;

  private constructor(spec: ReplicaSpec, components: Components) {
    this.#spec = spec;
    this.#components = components;
  }

  /** @throws Error with the end of the log, which says what is wrong with the Corefile. */
  static async start(spec: ReplicaSpec, files: CorefileFolder): Promise<CoreDnsReplica> {
    for (let attempt = 1; ; attempt += 1) {
      const replica = new CoreDnsReplica(spec, await Components.create(spec.name));
      try {
        await replica.mount(files);
        await replica.#run();
        return replica;
      } catch (error) {
        await replica.stop();
        // another process may take a port between the look at it and its use
        if (attempt === ATTEMPTS || !(error instanceof Error && /address already in use/i.test(error.message))) {
          throw error;
        }
      }
    }
  }

  /** Of the pod. */
  get name(): string {
    return this.#spec.name;
  }

  get port(): number {
    return this.#local(this.#spec.dnsPort);
  }

  /** `http://127.0.0.1:port/metrics`, past the API server. */
  get metricsUrl(): string {
    return `http://127.0.0.1:${this.#local(METRICS_PORT)}/metrics`;
  }

  /** Path of what it reads, as it is in the lab. */
  get corefilePath(): string {
    return join(this.#folder, "Corefile");
  }

  /** Port on loopback for a port of the pod; undefined where nobody listens for others. */
  exposedPort(podPort: number): number | undefined {
    return this.#ports.exposed(podPort);
  }

  /** Put files in its folder, all at once, as kubelet does for a ConfigMap. */
  async mount(files: CorefileFolder): Promise<void> {
    const { kubeconfig, upstream, routes = {} } = this.#spec;
    const mount = { folder: this.#folder, kubeconfig, upstream, routes, ports: this.#ports };
    const mounted = await mountCorefiles(files, mount);
    const former = `${this.#folder}.${this.#mounts}`;
    this.#mounts += 1;
    const folder = `${this.#folder}.${this.#mounts}`;
    for (const [path, text] of mounted) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    symlinkSync(folder, `${this.#folder}.new`);
    renameSync(`${this.#folder}.new`, this.#folder);
    rmSync(former, { recursive: true, force: true });
  }

  /** @throws TypeError where nobody listens. */
  async metrics(): Promise<readonly Sample[]> {
    const response = await fetch(this.metricsUrl);
    return parseMetrics(await response.text());
  }

  /** Whether it is between the old and the new: metrics are the new one's then, and both answer queries. */
  get isReloading(): boolean {
    const log = this.logTail();
    return log.lastIndexOf("[INFO] Reloading\n") > Math.max(...RELOADED.map((end) => log.lastIndexOf(end)));
  }

  logTail(): string {
    return `${this.#components.logTail()}\n`;
  }

  async stop(): Promise<void> {
    await this.#components.stop();
  }

  get #folder(): string {
    return join(this.#components.folder, "coredns");
  }

  #local(podPort: number): number {
    const port = this.#ports.local(podPort);
    if (port === undefined) throw new Error(`lab: no block of ${this.name} listens on ${podPort}`);
    return port;
  }

  async #run(): Promise<void> {
    const port = await this.#ports.of(DEFAULT_DNS_PORT);
    this.#ports.expose(DEFAULT_DNS_PORT);
    await this.#components.start({
      name: "coredns",
      command: this.#spec.command,
      args: () => ["-conf", this.corefilePath, `-dns.port=${port}`],
      env: { TMPDIR: this.#components.folder },
      // its last word, after all plugins have started and the Services are read
      isReady: async () => /^CoreDNS-\d/m.test(this.logTail()),
    });
  }
}

/** @see https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function parseMetrics(text: string): readonly Sample[] {
  return [...text.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm)].map(([, name = "", labels = "", value]) => ({
    name,
    labels: Object.fromEntries([...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, text]) => [label, text])),
    value: Number(value),
  }));
}
