import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import type { LiveManifest } from "../../src/model/manifest.ts";
import type { Ref } from "../../src/model/ref.ts";
import { mergePatch } from "./api.ts";
import type { LabCluster } from "./cluster.ts";
import { answers, Components } from "./components.ts";
import { parseMetrics, type Sample } from "./coredns-replica.ts";
import { listenersOf, newPorts, PORTS, writeTokenKubeconfig } from "./istiod-launch.ts";
import {
  deploymentStatus,
  environmentOf,
  podManifest,
  runningPod,
  type SecretVolume,
  secretVolumesOf,
  templateOf,
} from "./istiod-objects.ts";
import { LocalPorts } from "./pod-ports.ts";
import { mountSecret } from "./secret-mount.ts";
import { waitFor } from "./wait.ts";

/**
 * - `absent`: there is no Deployment
 * - `waiting`: for a Secret without which the pod does not start, or for what is said in `problem`
 * - `starting`: the process runs, and is not ready
 * - `ended`: the process ended by itself; the lab does not start it again
 */
export type IstiodState = "absent" | "waiting" | "starting" | "ready" | "ended";

export interface IstiodSpec {
  readonly cluster: LabCluster;
  readonly api: KubeApi;
  readonly cloud: string;
  /** Path of the program. */
  readonly command: string;
  /** `status.podIP`, made up. */
  readonly address: string;
  /** Over what the Deployment says. */
  readonly env: Readonly<Record<string, string>>;
}

const POLL_INTERVAL_MS = 250;
const READY_TIMEOUT_MS = 60_000;

/** Where the chart mounts Secret cacerts, and where istiod looks if nothing else is said. */
const DEFAULT_CA_FOLDER = "/etc/cacerts";

/** One process of istiod that plays the pod of a Deployment; see `startIstiods`. */
export class Istiod {
  readonly cloud: string;
  readonly cluster: LabCluster;
  readonly #spec: IstiodSpec;
  readonly #components: Components;
  readonly #ending = new AbortController();
  readonly #mounted = new Map<string, string>();
  #following: Promise<void> = Promise.resolve();
  #ports = new LocalPorts();
  #state: IstiodState = "absent";
  #problem = "";
  /** What the pod was made from, while there is one. */
  #template = "";
  #service: LiveManifest | undefined;

  private constructor(spec: IstiodSpec, components: Components) {
    this.cloud = spec.cloud;
    this.cluster = spec.cluster;
    this.#spec = spec;
    this.#components = components;
  }

  /** Follow a Deployment that need not be there yet. */
  static async follow(spec: IstiodSpec): Promise<Istiod> {
    const istiod = new Istiod(spec, await Components.create(`istiod-${spec.cloud}`));
    istiod.#following = istiod.#follow();
    return istiod;
  }

  get state(): IstiodState {
    return this.#state;
  }

  /** Why it does not start, as in `waits for Secret/cacerts`; empty where nothing is in its way. */
  get problem(): string {
    return this.#problem;
  }

  /** @throws Error that says what it waits for, with the end of its log. */
  async ready(): Promise<void> {
    const what = (): string =>
      `istiod-${this.cloud} of ${this.cluster.name} is ${this.#state} ${this.#problem}\n${this.#components.logTail()}`;
    await waitFor(
      what,
      () => {
        if (this.#state === "ended") throw new Error(`lab: ${what()}`);
        return this.#state === "ready" || undefined;
      },
      READY_TIMEOUT_MS,
    );
  }

  /** All that it has said. */
  log(): string {
    const file = join(this.#components.folder, "istiod.log");
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  }

  /** Its own metrics, past the API server. */
  async metrics(): Promise<readonly Sample[]> {
    const response = await fetch(`http://127.0.0.1:${this.#local("monitoring")}/metrics`);
    return parseMetrics(await response.text());
  }

  /** What it answers at `/debug/<path>`; where the Deployment forbids that, give `ENABLE_DEBUG_ON_HTTP` to `startIstiods`. */
  async debug(path: string): Promise<unknown> {
    const response = await fetch(`http://127.0.0.1:${this.#local("monitoring")}/debug/${path}`);
    if (!response.ok) throw new Error(`lab: istiod-${this.cloud}: /debug/${path}: ${response.status}`);
    return response.json();
  }

  /** `127.0.0.1:port` of xDS and certificates, with TLS. */
  get secureAddress(): string {
    return `127.0.0.1:${this.#local("secure")}`;
  }

  /** Port on loopback for what the cluster's network would lead to the pod, by its own address or its Service's. */
  portOf(address: string, port: number): number | undefined {
    if (this.#state === "absent" || this.#state === "waiting") return undefined;
    if (address === this.#spec.address) return this.#ports.exposed(port);
    const { clusterIP, ports } = (this.#service?.["spec"] ?? {}) as ServiceSpec;
    if (address !== clusterIP) return undefined;
    const found = ports?.find((entry) => entry.port === port);
    return found && this.#ports.exposed(Number(found.targetPort ?? found.port));
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#following;
    await this.#components.stop();
  }

  get #namespace(): string {
    return `istio-${this.cloud}`;
  }

  get #pod(): Ref {
    return { apiVersion: "v1", kind: "Pod", namespace: this.#namespace, name: `istiod-${this.cloud}-lab` };
  }

  #local(port: keyof typeof PORTS): number {
    const local = this.#ports.local(PORTS[port]);
    if (local === undefined) throw new Error(`lab: istiod-${this.cloud} is ${this.#state} ${this.#problem}`);
    return local;
  }

  async #follow(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      try {
        await this.#step();
      } catch (error) {
        this.#problem = error instanceof Error ? error.message : String(error);
      }
      await sleep(POLL_INTERVAL_MS, undefined, { signal }).catch(() => {});
    }
  }

  /** What a Deployment's controllers and kubelet do, once. */
  async #step(): Promise<void> {
    const { api } = this.#spec;
    const name = `istiod-${this.cloud}`;
    const deployment = await api.get({ apiVersion: "apps/v1", kind: "Deployment", namespace: this.#namespace, name });
    if (deployment === undefined || deployment.metadata.deletionTimestamp !== undefined) return this.#leave("absent");
    this.#service = await api.get({ apiVersion: "v1", kind: "Service", namespace: this.#namespace, name });
    const template = `${deployment.metadata.uid} ${JSON.stringify(templateOf(deployment))}`;
    if (template !== this.#template) {
      await this.#leave("waiting");
      await this.#createPod(deployment);
      this.#template = template;
    }
    await this.#mount(secretVolumesOf(templateOf(deployment)));
    if (this.#state === "waiting" && this.#problem === "") await this.#launch(deployment);
    await this.#report(deployment);
  }

  async #leave(state: "absent" | "waiting"): Promise<void> {
    this.#ports = new LocalPorts(); // so that its end is no failure
    await this.#components.end("istiod");
    this.#template = "";
    this.#state = state;
    const { api } = this.#spec;
    const pod = await api.get(this.#pod);
    if (pod !== undefined) await api.delete(this.#pod, { uid: pod.metadata.uid });
  }

  /** By the API server's admission, which may refuse it. */
  async #createPod(deployment: LiveManifest): Promise<void> {
    await this.#spec.api.create(podManifest(deployment, this.#pod));
  }

  async #mount(volumes: readonly SecretVolume[]): Promise<void> {
    const missing = new Set<string>();
    for (const { secret: name, isRequired, mountPath } of volumes) {
      const ref = { apiVersion: "v1", kind: "Secret", namespace: this.#namespace, name };
      const secret = await this.#spec.api.get(ref);
      if (secret === undefined && isRequired) missing.add(`Secret/${name}`);
      const data = (secret?.["data"] ?? {}) as Readonly<Record<string, string>>;
      const now = JSON.stringify(data);
      // what was there once stays in a pod that runs
      const isKept = secret === undefined && this.#mounted.has(mountPath);
      if (isKept || this.#mounted.get(mountPath) === now) continue;
      mountSecret(this.#folderOf(mountPath), data);
      this.#mounted.set(mountPath, now);
    }
    this.#problem = missing.size === 0 ? "" : `waits for ${[...missing].join(", ")}`;
  }

  #folderOf(mountPath: string): string {
    return join(this.#components.folder, mountPath.replaceAll("/", "-").slice(1));
  }

  async #launch(deployment: LiveManifest): Promise<void> {
    const template = templateOf(deployment);
    const volumes = secretVolumesOf(template);
    const folders = new Map(volumes.map(({ mountPath }) => [mountPath, this.#folderOf(mountPath)]));
    const { KUBECONFIG: _, ...env } = environmentOf(template, this.#pod, folders);
    const kubeconfig = join(this.#components.folder, "kubeconfig");
    const { serviceAccountName: name = "default" } = template.spec;
    await writeTokenKubeconfig(this.#spec, { namespace: this.#namespace, name }, kubeconfig);
    const [{ args = [] }] = template.spec.containers;
    const ports = await newPorts();
    this.#ports = ports;
    this.#state = "starting";
    const listeners = listenersOf(args, ports);
    this.#components
      .start({
        name: "istiod",
        command: this.#spec.command,
        args: () => [...args, ...listeners, `--kubeconfig=${kubeconfig}`, "--ctrlz_port=0"],
        env: { ROOT_CA_DIR: folders.get(DEFAULT_CA_FOLDER), ...env, ...this.#spec.env },
        isReady: () => answers(this.#local("http"), "/ready"),
      })
      .then(
        () => {
          if (this.#ports === ports) this.#state = "ready";
        },
        (error: unknown) => this.#fail(ports, error),
      );
  }

  #fail(ports: LocalPorts, error: unknown): void {
    if (this.#ports !== ports || this.#ending.signal.aborted) return;
    this.#state = "ended";
    this.#problem = error instanceof Error ? error.message : String(error);
  }

  /** Write the status of Deployment and pod, where it is not what it should be. */
  async #report(deployment: LiveManifest): Promise<void> {
    const isReady = this.#state === "ready";
    const { generation } = deployment.metadata as { readonly generation?: number };
    const { observedGeneration, availableReplicas = 0 } = (deployment["status"] ?? {}) as DeploymentStatus;
    if (generation === observedGeneration && (availableReplicas === 1) === isReady) return;
    const { cluster, address } = this.#spec;
    const namespaced = `namespaces/${this.#namespace}`;
    if (isReady) {
      await mergePatch(cluster, `/api/v1/${namespaced}/pods/${this.#pod.name}/status`, { status: runningPod(address) });
    }
    await mergePatch(cluster, `/apis/apps/v1/${namespaced}/deployments/istiod-${this.cloud}/status`, {
      status: deploymentStatus(generation ?? 1, isReady),
    });
  }
}

interface ServiceSpec {
  readonly clusterIP?: string;
  readonly ports?: readonly { readonly port: number; readonly targetPort?: number | string }[];
}

interface DeploymentStatus {
  readonly observedGeneration?: number;
  readonly availableReplicas?: number;
}
