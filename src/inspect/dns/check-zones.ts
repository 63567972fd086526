import type { ClusterDns } from "../../dns/cluster-dns.ts";
import type { KubeApi } from "../../kube-api/kube-api.ts";
import { mapConcurrently } from "../../kube-api/map-concurrently.ts";
import { failureOf } from "../../model/change.ts";
import { CloudError } from "../../model/error.ts";
import type { LiveManifest } from "../../model/manifest.ts";
import type { ClusterZoneCheck, NameCheck, ZoneCheck } from "../../model/zone-check.ts";
import { DnsClient } from "./dns-client.ts";
import { findDnsPod } from "./dns-pod.ts";
import { type Answered, judge, together } from "./judge.ts";
import { type Probe, probesOf } from "./probes.ts";
import type { ZonedCloud } from "./zoned-clouds.ts";

/** Names of one zone that are asked for at a time. */
const NAMES_AT_ONCE = 8;

export interface CheckOptions {
  /** Milliseconds for one answer. */
  readonly timeoutMs: number;
  /** Says what the cluster is at. */
  readonly tell: (step: string) => void;
}

/**
 * Ask a cluster's DNS for names of clouds' zones, over TCP, by a port of one of its pods that the API server forwards.
 * Nothing is changed. What cannot be asked is told beside what can.
 */
export async function checkZones(
  api: KubeApi,
  dns: ClusterDns,
  clouds: readonly ZonedCloud[],
  options: CheckOptions,
): Promise<ClusterZoneCheck> {
  const { cluster } = api;
  let client: DnsClient | undefined;
  try {
    const pod = await findDnsPod(api, dns);
    client = new DnsClient(
      () => api.forward({ namespace: dns.namespace, name: pod, port: dns.port }),
      options.timeoutMs,
    );
    const zones: ZoneCheck[] = [];
    for (const cloud of clouds) {
      options.tell(`asking for ${cloud.zone.zone}`);
      zones.push(await checkZone(api, client, cloud));
    }
    return { cluster, pod, zones, failures: [] };
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    return { cluster, zones: [], failures: [failureOf(error, cluster)] };
  } finally {
    client?.close();
  }
}

/** @throws {@link CloudError} that concerns the whole cluster, its DNS server included. */
async function checkZone(api: KubeApi, client: DnsClient, { name: cloud, zone }: ZonedCloud): Promise<ZoneCheck> {
  const told = { cloud, zone: zone.zone, mode: zone.mode };
  const services = await listServices(api, zone.namespaces);
  if (services instanceof CloudError) return { ...told, names: [], failures: [failureOf(services, api.cluster)] };
  const probes = probesOf(zone, services);
  return {
    ...told,
    names: await mapConcurrently(probes, NAMES_AT_ONCE, (probe) => check(client, probe)),
    failures: [],
  };
}

/** @returns The error where they may not be listed. */
async function listServices(
  api: KubeApi,
  namespaces: readonly string[],
): Promise<readonly LiveManifest[] | CloudError> {
  try {
    const kind = { apiVersion: "v1", kind: "Service" };
    return (await Promise.all(namespaces.map((namespace) => api.list(kind, { namespace })))).flat();
  } catch (error) {
    if (error instanceof CloudError && error.code === "FORBIDDEN") return error;
    throw error;
  }
}

/** What differs is asked for again: endpoints may have changed between two answers. */
async function check(client: DnsClient, probe: Probe): Promise<NameCheck> {
  const checked = await checkOnce(client, probe);
  return checked.state === "differs" && probe.expected.kind === "same" ? checkOnce(client, probe) : checked;
}

async function checkOnce(client: DnsClient, probe: Probe): Promise<NameCheck> {
  const { name, expected } = probe;
  const [answered, same] = await Promise.all([
    askAll(client, name, probe),
    expected.kind === "same" ? askAll(client, expected.name, probe) : undefined,
  ]);
  return judge(probe, answered, same);
}

async function askAll(client: DnsClient, name: string, { types }: Probe): Promise<Answered | undefined> {
  return together(await Promise.all(types.map((type) => client.ask(name, type))));
}
