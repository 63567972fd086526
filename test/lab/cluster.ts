import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type AuditEvent, readAuditLog } from "./audit-log.ts";
import type { KeyPair } from "./authority.ts";
import {
  apiServerArguments,
  auditLog,
  type ClusterSpec,
  type ControlPlane,
  controllerManagerArguments,
  createControlPlane,
  etcdArguments,
  podNetworkSocket,
} from "./control-plane.ts";
import { findFreePort } from "./free-port.ts";
import { type GuardedProcess, spawnGuarded } from "./guarded-process.ts";
import { formatKubeconfig, type KubeconfigEntry } from "./kubeconfig.ts";
import { isServing, isSettled } from "./ready.ts";
import { waitFor } from "./wait.ts";

/** A running control plane. */
export interface LabCluster {
  readonly name: string;
  /** `https://127.0.0.1:port` */
  readonly server: string;
  /** File with an administrator's context, named as the cluster. */
  readonly kubeconfig: string;
  /** What is in that file. */
  readonly admin: KubeconfigEntry;
  /** PEM; it signs the API server's certificate, clients' and what the signer issues. */
  readonly certificateAuthority: string;
  /** Path of the socket through which the API server reaches pods; nobody listens there, unless `servePods` does. */
  readonly podNetwork: string;
  /** End the API server and the controllers by SIGKILL; connections are refused from then on. */
  kill(): Promise<void>;
  /** Start again, on the same port and with the same objects, after {@link kill}. */
  restart(): Promise<void>;
  /** All requests about objects that were answered so far, the controllers' too; for clusters with `audit`. */
  auditEvents(): Promise<readonly AuditEvent[]>;
  /** The last lines of every log, under its name. */
  logTail(): string;
}

const COMPONENTS = ["etcd", "kube-apiserver", "kube-controller-manager"] as const;

type Component = (typeof COMPONENTS)[number];

/** Paths of the programs. */
export type Programs = Readonly<Record<Component, string>>;

const TAIL_LINES = 15;
const PORT_ATTEMPTS = 5;

/** One cluster, from its first process to its last. Its folder is its owner's to remove. */
export class RunningCluster implements LabCluster {
  readonly name: string;
  readonly kubeconfig: string;
  readonly podNetwork: string;
  readonly #plane: ControlPlane;
  readonly #programs: Programs;
  readonly #processes = new Map<Component, GuardedProcess>();
  readonly #administrator: KeyPair;
  #port = 0;

  constructor(spec: ClusterSpec, folder: string, programs: Programs) {
    this.name = spec.name;
    this.kubeconfig = join(folder, "kubeconfig");
    this.podNetwork = podNetworkSocket(folder);
    this.#plane = createControlPlane(spec, folder);
    this.#programs = programs;
    this.#administrator = this.#plane.authority.issue("admin", { organization: "system:masters" });
  }

  get server(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  get certificateAuthority(): string {
    return this.#plane.authority.certificate;
  }

  get admin(): KubeconfigEntry {
    return this.#entry(this.#administrator);
  }

  async start(): Promise<void> {
    this.#spawn("etcd", etcdArguments(this.#plane));
    await this.#startOnFreePort();
    writeFileSync(this.kubeconfig, formatKubeconfig([this.admin]), { mode: 0o600 });
    const controllers = this.#plane.authority.issue("system:kube-controller-manager");
    writeFileSync(this.#controllersKubeconfig, formatKubeconfig([this.#entry(controllers)]), { mode: 0o600 });
    await this.#startControllers();
  }

  async stop(): Promise<void> {
    await this.#end(...COMPONENTS);
  }

  async kill(): Promise<void> {
    await this.#end("kube-controller-manager", "kube-apiserver");
  }

  async restart(): Promise<void> {
    await this.#startApiServer();
    await this.#startControllers();
  }

  async auditEvents(): Promise<readonly AuditEvent[]> {
    if (this.#plane.spec.audit !== true)
      throw new Error(`lab: ${this.name} has no audit log; start it with audit: true`);
    return readAuditLog(auditLog(this.#plane));
  }

  logTail(): string {
    return COMPONENTS.map((component) => `${component}:\n${this.#tail(component)}`).join("\n");
  }

  get #controllersKubeconfig(): string {
    return join(this.#plane.folder, "controllers.kubeconfig");
  }

  #entry(credential: KeyPair): KubeconfigEntry {
    const { name, server, certificateAuthority } = this;
    return { name, server, certificateAuthority, credential };
  }

  /** Another process may take a port between the look at it and its use. */
  async #startOnFreePort(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      this.#port = await findFreePort();
      try {
        return await this.#startApiServer();
      } catch (error) {
        if (attempt === PORT_ATTEMPTS || !this.#tail("kube-apiserver").includes("address already in use")) throw error;
      }
    }
  }

  async #startApiServer(): Promise<void> {
    this.#spawn("kube-apiserver", apiServerArguments(this.#plane, this.#port));
    await this.#reach("kube-apiserver", () => isServing(this.admin));
  }

  async #startControllers(): Promise<void> {
    const args = controllerManagerArguments(this.#plane, this.#controllersKubeconfig);
    this.#spawn("kube-controller-manager", args);
    await this.#reach("kube-controller-manager", () => isSettled(this.admin));
  }

  #spawn(component: Component, args: readonly string[]): void {
    this.#processes.set(component, spawnGuarded(this.#programs[component], args, { log: this.#logFile(component) }));
  }

  async #end(...components: readonly Component[]): Promise<void> {
    const ending = components.map((component) => this.#processes.get(component));
    for (const component of components) this.#processes.delete(component);
    await Promise.all(ending.map((process) => process?.kill()));
  }

  /** @throws Error with the end of the log of what ended, or of the component that did not get ready. */
  async #reach(component: Component, isReady: () => Promise<boolean>): Promise<void> {
    const what = (): string => this.#failure(component, "is not ready").message;
    await waitFor(what, async () => {
      const ended = [...this.#processes].find(([, process]) => process.end !== undefined);
      if (ended !== undefined) throw this.#failure(ended[0], `ended with ${ended[1].end}`);
      return (await isReady()) || undefined;
    });
  }

  #failure(component: Component, what: string): Error {
    return new Error(`lab: ${component} of ${this.name} ${what}\n${this.#tail(component)}`);
  }

  #tail(component: Component): string {
    const file = this.#logFile(component);
    const log = existsSync(file) ? readFileSync(file, "utf8") : "";
    return log.trimEnd().split("\n").slice(-TAIL_LINES).join("\n");
  }

  #logFile(component: Component): string {
    return join(this.#plane.folder, `${component}.log`);
  }
}
