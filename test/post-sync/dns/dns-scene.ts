import { readFileSync } from "node:fs";
import type { CloudZone, ClusterDns, DnsProvider } from "../../../src/dns/cluster-dns.ts";
import { parseCorefile } from "../../../src/dns/corefile/parse.ts";
import { DNS_RECORD, type DnsRecord, digestOf, EMPTY_RECORD, readRecord } from "../../../src/dns/record.ts";
import type { KubeApi } from "../../../src/kube-api/kube-api.ts";
import type { Manifest } from "../../../src/model/manifest.ts";
import type { Ref } from "../../../src/model/ref.ts";
import { alignDns, type DnsOptions } from "../../../src/post-sync/dns/align-dns.ts";
import type { DnsReport } from "../../../src/post-sync/dns/dns-report.ts";
import type { RenderedCloud, RenderedCluster } from "../../../src/rendered/rendered-cluster.ts";
import { type FakeCluster, fakeCluster } from "../../fakes/fake-cluster.ts";

export const KUBEADM = readFileSync(new URL("../../fixtures/corefiles/kubeadm.corefile", import.meta.url), "utf8");

export const COREDNS: Ref = { apiVersion: "v1", kind: "ConfigMap", namespace: "kube-system", name: "coredns" };

export const configMap = ({ name, namespace = "" }: Ref, data: Readonly<Record<string, string>>): Manifest => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace },
  data,
});

export const namespaceOf = (name: string): Manifest => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } });

export const serviceOf = (namespace: string, name: string, spec: object): Manifest => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace },
  spec,
});

/** A zone of a cloud, by default one that is answered from the namespace `<zone>-prod`. */
export const zoneOf = (zone: string, rest: Partial<CloudZone> = {}): CloudZone => ({
  zone,
  mode: "rewrite",
  namespaces: [`${zone}-prod`],
  clusterDomain: "cluster.local",
  services: [],
  ...rest,
});

export const forwardOf = (zone: string, ...addresses: readonly string[]): CloudZone =>
  zoneOf(zone, { mode: "forward", to: { kind: "addresses", addresses } });

/** A zone that is forwarded to Service/dns/ns. */
export const toService = (zone: string, port = 53): CloudZone =>
  zoneOf(zone, { mode: "forward", to: { kind: "service", namespace: "dns", name: "ns", port } });

export const dnsOf = (provider: DnsProvider, rest: Partial<ClusterDns> = {}): ClusterDns => ({
  provider,
  namespace: "kube-system",
  podLabels: { "k8s-app": "kube-dns" },
  port: 53,
  clusterDomain: "cluster.local",
  nodeLocalCache: false,
  ...rest,
});

/**
 * What dist/ has of a cluster.
 *
 * @param zones - By clouds; undefined for a cloud that has none.
 */
export function renderedWith(
  zones: Readonly<Record<string, CloudZone | undefined>>,
  dns: ClusterDns | "none" = dnsOf("corefile"),
): RenderedCluster {
  const clouds = Object.entries(zones).map(
    ([name, zone]): RenderedCloud => ({ name, requests: [], grants: [], ...(zone === undefined ? {} : { zone }) }),
  );
  return {
    file: {
      version: 1,
      name: "east",
      kubernetes: "1.37",
      labels: {},
      access: { context: "east" },
      endpoint: {},
      identity: { kind: "x509", requesters: [] },
      delivery: { kind: "direct" },
      ...(dns === "none" ? {} : { dns }),
    },
    units: [],
    clouds,
  };
}

/** A cluster whose CoreDNS has loaded whatever its Corefile is. */
export async function dnsCluster(
  corefile = KUBEADM,
  options: Parameters<typeof fakeCluster>[1] = {},
): Promise<FakeCluster> {
  const cluster = fakeCluster("east", options);
  const admin = cluster.behind("admin", "kubeadm");
  await admin.create(namespaceOf("lcloud-system"));
  await admin.create(configMap(COREDNS, { Corefile: corefile }));
  for (const number of [0, 1]) await admin.create(podOf(`coredns-${number}`));
  cluster.podAnswers = () => metricsOf(corefileOf(cluster));
  return cluster;
}

/** A cluster with a Service more, in a namespace that is made where there is none. */
export async function withService(
  cluster: FakeCluster,
  spec: object,
  name = "ns",
  namespace = "dns",
): Promise<FakeCluster> {
  const admin = cluster.behind("admin");
  if (cluster.find({ apiVersion: "v1", kind: "Namespace", name: namespace }) === undefined) {
    await admin.create(namespaceOf(namespace));
  }
  await admin.create(serviceOf(namespace, name, spec));
  return cluster;
}

/** Change an object as somebody else does. */
export async function change(cluster: FakeCluster, manifest: Manifest): Promise<void> {
  await cluster.behind("carol").apply(manifest, { force: true });
}

const podOf = (name: string): Manifest => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "kube-system", labels: { "k8s-app": "kube-dns" } },
  status: { phase: "Running" },
});

/** What CoreDNS says once it has loaded a Corefile. */
export function metricsOf(corefile: string, { failed = 0, started = 1, tried = digestOf(corefile) } = {}): string {
  const { blocks } = parseCorefile(corefile);
  const enabled = blocks.flatMap(({ keys, directives }) =>
    directives.map(({ name }) => {
      const zone = (keys[0]?.text ?? "").replace(/:\d+$/, "").replace(/\.?$/, ".");
      return `coredns_plugin_enabled{name="${name}",server="dns://:53",view="",zone="${zone}"} 1`;
    }),
  );
  return [
    "# HELP coredns_plugin_enabled A metric that indicates whether a plugin is enabled.",
    ...enabled,
    `coredns_reload_failed_total ${failed}`,
    `coredns_reload_version_info{hash="sha512",value="${tried}"} 1`,
    `process_start_time_seconds ${started}`,
    "",
  ].join("\n");
}

export const corefileOf = (cluster: FakeCluster): string => textOf(cluster, COREDNS, "Corefile") ?? "";

export const textOf = (cluster: FakeCluster, ref: Ref, key: string): string | undefined =>
  (cluster.find(ref)?.["data"] as Record<string, string> | undefined)?.[key];

export function recordOf(cluster: FakeCluster): DnsRecord {
  const live = cluster.find(DNS_RECORD);
  return live === undefined ? EMPTY_RECORD : readRecord(live, "east");
}

/** Names of the zones that have a block in a Corefile. */
export const zonesIn = (corefile: string): readonly string[] =>
  parseCorefile(corefile).blocks.flatMap(({ keys }) => keys.map(({ text }) => text.replace(/:\d+$/, "")));

/** Of a run that puts zones in and does not wait until they are loaded. */
export const DNS_OPTIONS: DnsOptions = {
  goal: "zones",
  isDelivered: () => true,
  loadMs: 0,
  conflictMs: 10_000,
  tell: () => {},
};

/** One run of post-sync for DNS. */
export async function align(
  api: KubeApi,
  cluster: RenderedCluster,
  options: Partial<DnsOptions> = {},
): Promise<DnsReport> {
  const report = await alignDns(api, cluster, { ...DNS_OPTIONS, ...options });
  if (report === undefined) throw new Error("there was nothing to be done");
  return report;
}

/** What came of each zone, as in `shop added`. */
export const actionsOf = ({ zones }: DnsReport): readonly string[] =>
  zones.map(({ zone, action }) => `${zone} ${action}`);

export const codesOf = ({ failures }: DnsReport): readonly string[] => failures.map(({ code }) => code);

/** Writes that a cluster has taken, as in `replace ConfigMap/coredns`. */
export const writesOf = ({ requests }: FakeCluster): readonly string[] =>
  requests
    .filter(({ verb }) => verb !== "get" && verb !== "list")
    .map(({ verb, ref }) => `${verb} ${ref.kind}/${ref.name}`);
