import type { CloudZone, ClusterDns, DnsProvider } from "../../../src/dns/cluster-dns.ts";
import { formatRecord, type RecordedZone } from "../../../src/dns/record.ts";
import { checkZones } from "../../../src/inspect/dns/check-zones.ts";
import type { KubeApi } from "../../../src/kube-api/kube-api.ts";
import type { ClusterZoneCheck } from "../../../src/model/zone-check.ts";
import type { ClusterFile } from "../../../src/rendered/files.ts";
import type { RenderedCluster } from "../../../src/rendered/rendered-cluster.ts";
import { type FakeCluster, fakeCluster } from "../../fakes/fake-cluster.ts";

/** A Corefile as kubeadm writes it, cut short. */
export const COREFILE = `.:53 {
    errors
    kubernetes cluster.local
    prometheus :9153
    forward . /etc/resolv.conf
    reload
}
`;

export const dnsOf = (provider: DnsProvider, nodeLocalCache = false): ClusterDns => ({
  ...{ provider, namespace: "kube-system", podLabels: { "k8s-app": "kube-dns" }, port: 53 },
  ...{ clusterDomain: "cluster.local", nodeLocalCache },
});

export const rewrite = (zone: string, ...namespaces: readonly string[]): CloudZone => ({
  ...{ zone, mode: "rewrite", namespaces: namespaces.length === 0 ? [`${zone}-prod`] : namespaces },
  ...{ clusterDomain: "cluster.local", services: [] },
});

export const forward = (zone: string, to: CloudZone["to"]): CloudZone => ({
  ...rewrite(zone),
  mode: "forward",
  ...(to === undefined ? {} : { to }),
});

/** A cluster with clouds that are called as their zones. */
export function clusterOf(dns: ClusterDns, zones: readonly CloudZone[]): RenderedCluster {
  const file = { name: "east", access: { context: "east" }, dns, delivery: { kind: "direct" } } as ClusterFile;
  const clouds = zones.map((zone) => ({ name: zone.zone, requests: [], grants: [], zone }));
  return { file, units: [], clouds };
}

/** An API server with these keys in ConfigMaps of kube-system, and the namespaces of ours. */
export async function startCluster(
  configMaps: Readonly<Record<string, Readonly<Record<string, string>>>>,
  namespaces: readonly string[] = ["shop-prod"],
): Promise<FakeCluster> {
  const cluster = fakeCluster("east");
  const somebody = cluster.behind("somebody", "kubeadm");
  for (const name of ["lcloud-system", ...namespaces]) {
    await somebody.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  }
  for (const [name, data] of Object.entries(configMaps)) {
    await somebody.create({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "kube-system" }, data });
  }
  return cluster;
}

/** Write down that zones are put. */
export async function record(cluster: FakeCluster, ...zones: readonly Omit<RecordedZone, "isPut">[]): Promise<void> {
  const put = zones.map((zone) => ({ ...zone, isPut: true }));
  await cluster.behind("post-sync").create(formatRecord({ namespace: "kube-system", zones: put, corefile: undefined }));
}

/** Give a cluster a pod of its DNS. */
export async function addDnsPod(cluster: FakeCluster, name: string, ready: "True" | "False" = "True"): Promise<void> {
  const metadata = { name, namespace: "kube-system", labels: dnsOf("corefile").podLabels };
  const pod = await cluster.create({ apiVersion: "v1", kind: "Pod", metadata });
  const status = { conditions: [{ type: "Ready", status: ready }] };
  await cluster.replace({ ...pod, status }, { subresource: "status" });
}

/** Check one zone, of the cloud `shop`. */
export const checkZone = (
  api: KubeApi,
  zone: CloudZone,
  { dns = dnsOf("corefile"), timeoutMs = 5000 } = {},
): Promise<ClusterZoneCheck> =>
  checkZones(api, dns, [{ name: "shop", requests: [], grants: [], zone }], { timeoutMs, tell: () => undefined });
