import { applyManifests, mergePatch } from "./api.ts";
import { labBinary } from "./binaries.ts";
import type { LabCluster } from "./cluster.ts";
import { followConfigMaps, readConfigMaps } from "./coredns-config-maps.ts";
import {
  applyCoreDns,
  type CoreDnsPlace,
  CUSTOM,
  configMapManifest,
  KUBE_SYSTEM,
  podAddress,
  podName,
} from "./coredns-objects.ts";
import { CoreDnsReplica } from "./coredns-replica.ts";
import { type DnsQueryOptions, type DnsServer, queryDns } from "./dns-client.ts";
import type { DnsAnswer, DnsType } from "./dns-message.ts";
import { startDnsUpstream } from "./dns-upstream.ts";
import type { LabPod } from "./kubelet.ts";
import { servePods } from "./pod-network.ts";
import { waitFor } from "./wait.ts";

export interface CoreDnsOptions {
  /** Text of the key `Corefile`, as it is in a cluster: its ports and paths are those of a pod. */
  readonly corefile: string;
  /** Further keys of that ConfigMap; k3s has `NodeHosts`. @default none */
  readonly files?: Readonly<Record<string, string>>;
  /** Keys of coredns-custom, whose folder is `/etc/coredns/custom`. @default there is no such ConfigMap */
  readonly custom?: Readonly<Record<string, string>>;
  /** Other DNS servers: by their addresses as a Corefile has them, where they are in the lab, `127.0.0.1:port`. @default none */
  readonly routes?: Readonly<Record<string, string>>;
  /** @default 1 */
  readonly replicas?: number;
  /** @default kube-system/coredns */
  readonly place?: CoreDnsPlace;
  /** Gets lines while commands are built. @default stderr */
  readonly onProgress?: (line: string) => void;
}

/** Real CoreDNS for one cluster, outside of it. */
export interface CoreDns extends DnsServer, AsyncDisposable {
  /** Names that went to the servers of the node's /etc/resolv.conf, played by the lab, where none exists. */
  readonly forwarded: readonly string[];
  /** All of them; `address` and `port` are those of the first. */
  readonly replicas: readonly CoreDnsReplica[];
  /** The replicas, for `startKubelet`, after which ports of theirs can be forwarded. */
  readonly pods: readonly LabPod[];
  /** Ask the first replica, or the one that is given. */
  query(name: string, type: DnsType, options?: DnsQueryOptions & { readonly replica?: number }): Promise<DnsAnswer>;
  /** Write the key `Corefile` of the ConfigMap, whoever holds it. */
  writeCorefile(text: string): Promise<void>;
  /**
   * Wait until every replica runs a block of this zone with this plugin, which has to have `prometheus` too, and has ended
   * what it ran before.
   *
   * @param zone - `shop.`, with its trailing dot.
   * @param plugin - Default: `prometheus`.
   */
  loaded(zone: string, plugin?: string): Promise<void>;
  /** Wait until no replica runs a block of this zone that has `prometheus`. */
  unloaded(zone: string): Promise<void>;
  /** End all processes by SIGKILL; the objects stay in the cluster. */
  stop(): Promise<void>;
  /** The last lines of every log, under its name. */
  logTail(): string;
}

/**
 * Start CoreDNS for one cluster, with what a distribution leaves in the API: the ConfigMap that holds its Corefile, pods
 * labelled `k8s-app=kube-dns` and Service kube-dns. Each replica is a process whose files follow the ConfigMaps, within
 * a second, and which reads them again every 2 to 3 s where its Corefile has `reload`. What of a Corefile is changed on
 * its way is told at `mountCorefiles`.
 *
 * Metrics are where they are in a cluster: `GET …/namespaces/kube-system/pods/coredns-0:9153/proxy/metrics`.
 *
 * ```ts
 * await using dns = await startCoreDns(lab.clusters.eu, { corefile: await defaultCorefile("kubeadm"), replicas: 2 });
 * await addService(lab.clusters.eu, "shop-prod", "web");
 * await dns.query("web.shop-prod.svc.cluster.local", "A");
 * ```
 *
 * CoreDNS ends with the process that started it, however that ends.
 *
 * @throws Error with the end of the log of what failed; no process is left then.
 */
export async function startCoreDns(cluster: LabCluster, options: CoreDnsOptions): Promise<CoreDns> {
  const { corefile, files = {}, custom, routes = {}, replicas: count = 1, place = KUBE_SYSTEM } = options;
  const command = await labBinary("coredns", options.onProgress);
  await applyCoreDns(cluster, place, count);
  await applyManifests(cluster, [
    configMapManifest(place, place.configMap, { Corefile: corefile, ...files }),
    ...(custom === undefined ? [] : [configMapManifest(place, CUSTOM, custom)]),
  ]);
  const folder = await readConfigMaps(cluster, place);
  if (folder === undefined) throw new Error(`lab: ${cluster.name} has no ConfigMap/${place.configMap}`);
  const upstream = await startDnsUpstream();
  const replicas: CoreDnsReplica[] = [];
  const ends = [upstream.stop];
  const stop = async (): Promise<void> => {
    for (const end of ends.splice(0).reverse()) await end();
    await Promise.all(replicas.map((replica) => replica.stop()));
  };
  const spec = {
    command,
    kubeconfig: cluster.kubeconfig,
    upstream: `127.0.0.1:${upstream.port}`,
    routes,
    dnsPort: dnsPortOf(corefile),
  };
  try {
    for (let replica = 0; replica < count; replica += 1) {
      replicas.push(await CoreDnsReplica.start({ ...spec, name: podName(place, replica) }, folder));
    }
    ends.push(followConfigMaps(cluster, place, folder, replicas));
    const find = (address: string): CoreDnsReplica | undefined =>
      replicas.find((_, replica) => podAddress(replica) === address);
    ends.push(await servePods(cluster, (address, port) => find(address)?.exposedPort(port)));
  } catch (error) {
    await stop();
    throw error;
  }
  return new RunningCoreDns({ cluster, place, replicas, forwarded: upstream.asked, stop });
}

type Running = Pick<CoreDns, "replicas" | "forwarded" | "stop"> & {
  readonly cluster: LabCluster;
  readonly place: CoreDnsPlace;
};

class RunningCoreDns implements CoreDns {
  readonly address = "127.0.0.1";
  readonly replicas: readonly CoreDnsReplica[];
  readonly forwarded: readonly string[];
  readonly stop: () => Promise<void>;
  readonly #cluster: LabCluster;
  readonly #place: CoreDnsPlace;

  constructor({ cluster, place, ...running }: Running) {
    this.#cluster = cluster;
    this.#place = place;
    this.replicas = running.replicas;
    this.forwarded = running.forwarded;
    this.stop = running.stop;
  }

  get port(): number {
    return this.#replica(0).port;
  }

  query(
    name: string,
    type: DnsType,
    options: DnsQueryOptions & { readonly replica?: number } = {},
  ): Promise<DnsAnswer> {
    return queryDns(this.#replica(options.replica ?? 0), name, type, options);
  }

  async writeCorefile(text: string): Promise<void> {
    const { namespace, configMap } = this.#place;
    await mergePatch(this.#cluster, `/api/v1/namespaces/${namespace}/configmaps/${configMap}`, {
      data: { Corefile: text },
    });
  }

  async loaded(zone: string, plugin = "prometheus"): Promise<void> {
    await this.#each(`zone ${zone} is not loaded with ${plugin}`, (plugins) => plugins.has(`${zone} ${plugin}`));
  }

  async unloaded(zone: string): Promise<void> {
    await this.#each(`zone ${zone} is loaded`, (plugins) => ![...plugins].some((name) => name.startsWith(`${zone} `)));
  }

  get pods(): readonly LabPod[] {
    const { namespace } = this.#place;
    return this.replicas.map((replica, number) => ({
      namespace,
      name: replica.name,
      address: podAddress(number),
      portOf: (port) => replica.exposedPort(port),
    }));
  }

  logTail(): string {
    return this.replicas.map((replica) => `${replica.name}: ${replica.logTail()}`).join("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** @param holds - Given zone and plugin of each that is enabled, as `shop. forward`. */
  async #each(what: string, holds: (plugins: ReadonlySet<string>) => boolean): Promise<void> {
    for (const replica of this.replicas) {
      await waitFor(
        () => `${what}\n${replica.logTail()}`,
        async () => {
          // while it reads its files again, nobody serves metrics for a moment
          const samples = await replica.metrics().catch(() => []);
          const enabled = samples.filter(({ name }) => name === "coredns_plugin_enabled");
          const plugins = new Set(enabled.map(({ labels }) => `${labels["zone"]} ${labels["name"]}`));
          return (plugins.size > 0 && holds(plugins) && !replica.isReloading) || undefined;
        },
      );
    }
  }

  #replica(number: number): CoreDnsReplica {
    const replica = this.replicas[number];
    if (replica === undefined) throw new Error(`lab: CoreDNS has ${this.replicas.length} replicas, and no ${number}`);
    return replica;
  }
}

/** Port of the block of all other names. */
function dnsPortOf(corefile: string): number {
  const [, port = "53"] = /^\s*\.:(\d+)\s/m.exec(corefile) ?? [];
  return Number(port);
}
