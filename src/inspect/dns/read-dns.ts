import type { ClusterDns } from "../../dns/cluster-dns.ts";
import { UPSTREAM_SERVICE } from "../../dns/fragments.ts";
import { corefilePlace, SERVERS_PLACE, stubDomainsPlace } from "../../dns/places.ts";
import { DNS_RECORD, type DnsRecord, EMPTY_RECORD, readRecord } from "../../dns/record.ts";
import { serviceAddresses, serviceRef } from "../../dns/service-addresses.ts";
import { toldZone } from "../../dns/told-zone.ts";
import type { ForwardZone, Zone } from "../../dns/zone.ts";
import type { KubeApi } from "../../kube-api/kube-api.ts";
import { type Failure, failureOf } from "../../model/change.ts";
import { CloudError, concernsCluster } from "../../model/error.ts";
import { readCustomParts } from "./custom-parts.ts";
import { type DnsPart, readPart, type WantedZone } from "./dns-part.ts";
import type { ZonedCloud } from "./zoned-clouds.ts";

/** What a cluster's DNS is told of clouds, and is to be told. */
export interface LiveDns {
  readonly parts: readonly DnsPart[];
  readonly record: DnsRecord;
  /** By the zones that could not be read whole. */
  readonly failures: ReadonlyMap<string, Failure>;
}

/**
 * Read the parts of a cluster's DNS configuration that hold zones, and compute how they would be with all zones of these
 * clouds in place.
 *
 * @param clouds - All of dist/ that have zones.
 * @throws {@link CloudError} that concerns the whole cluster; what else cannot be read is told.
 */
export async function readDns(api: KubeApi, dns: ClusterDns, clouds: readonly ZonedCloud[]): Promise<LiveDns> {
  const failures = new Map<string, Failure>();
  const { wanted, record } = await told(api, clouds, failures);
  if (wanted.length === 0) return { parts: [], record, failures };
  const parts = await ownParts(api, dns, wanted, record);
  if (!dns.nodeLocalCache || dns.provider === "kube-dns") return { parts, record, failures };
  const cached = await attempt(api, failures, wanted, () => upstreamZones(api, dns, wanted));
  const stubDomains = cached === undefined ? [] : [await readPart(api, stubDomainsKind(dns), cached, record)];
  return { parts: [...parts, ...stubDomains], record, failures };
}

async function told(
  api: KubeApi,
  clouds: readonly ZonedCloud[],
  failures: Map<string, Failure>,
): Promise<{ readonly wanted: readonly WantedZone<Zone>[]; readonly record: DnsRecord }> {
  const configured = clouds.filter(({ zone }) => zone.mode !== "native");
  const names = configured.map(({ zone }) => ({ name: zone.zone }));
  const record = (await attempt(api, failures, names, () => fetchRecord(api))) ?? EMPTY_RECORD;
  const wanted: WantedZone<Zone>[] = [];
  for (const { zone } of configured) {
    const { zone: name, to } = zone;
    const resolved = await attempt(api, failures, [{ name }], async () =>
      to?.kind === "service" ? toldZone(zone, await addressesOf(api, to.namespace, to.name)) : toldZone(zone),
    );
    if (resolved !== undefined) wanted.push({ name, zone: resolved });
  }
  return { wanted, record };
}

async function fetchRecord(api: KubeApi): Promise<DnsRecord> {
  const live = await api.get(DNS_RECORD);
  return live === undefined ? EMPTY_RECORD : readRecord(live, api.cluster);
}

async function addressesOf(api: KubeApi, namespace: string, name: string): Promise<readonly string[]> {
  const ref = serviceRef(namespace, name);
  return serviceAddresses(ref, await api.get(ref), api.cluster);
}

/** Node caches reach the cluster's DNS by another Service, whatever answers a zone there. */
async function upstreamZones(
  api: KubeApi,
  { namespace }: ClusterDns,
  wanted: readonly WantedZone<Zone>[],
): Promise<readonly WantedZone<ForwardZone>[]> {
  const addresses = await addressesOf(api, namespace, UPSTREAM_SERVICE);
  return wanted.map(({ name }) => ({ name, zone: { kind: "forward", zone: name, addresses } }));
}

async function ownParts(
  api: KubeApi,
  dns: ClusterDns,
  wanted: readonly WantedZone<Zone>[],
  record: DnsRecord,
): Promise<readonly DnsPart[]> {
  switch (dns.provider) {
    case "corefile":
      return [await readPart(api, corefileKind(dns), wanted, record)];
    case "eks-addon":
      return [await readPart(api, corefileKind(dns), wanted, printed(record, wanted))];
    case "coredns-custom":
      return readCustomParts(api, dns, wanted);
    case "kube-dns":
      return [await readPart(api, stubDomainsKind(dns), onlyForwarded(wanted), record)];
    case "openshift":
      return [await readPart(api, SERVERS_KIND, onlyForwarded(wanted), record)];
  }
}

const corefileKind = ({ namespace }: ClusterDns) => ({
  place: corefilePlace(namespace),
  key: "Corefile",
  format: (text: string): string => text,
});

const stubDomainsKind = ({ namespace }: ClusterDns) => ({
  place: stubDomainsPlace(namespace),
  key: "stubDomains",
  format: (text: string): string => text,
});

const SERVERS_KIND = {
  place: SERVERS_PLACE,
  key: "spec.servers",
  format: (servers: readonly object[]): string => `${JSON.stringify(servers, undefined, 2)}\n`,
};

/** Blocks that somebody put into the add-on's configuration for us, which no record tells. */
const printed = (record: DnsRecord, wanted: readonly WantedZone<Zone>[]): DnsRecord => ({
  ...record,
  zones: wanted.map(({ name: zone }) => ({ place: "corefile", zone, cloud: "", isPut: false })),
});

const onlyForwarded = (wanted: readonly WantedZone<Zone>[]): readonly WantedZone<ForwardZone>[] =>
  wanted.flatMap(({ name, zone }) => (zone.kind === "forward" ? [{ name, zone }] : []));

/** @returns undefined where it fails with what does not concern the whole cluster: that is told of these zones. */
async function attempt<T>(
  { cluster }: KubeApi,
  failures: Map<string, Failure>,
  zones: readonly { readonly name: string }[],
  read: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof CloudError) || concernsCluster(error)) throw error;
    for (const { name } of zones) if (!failures.has(name)) failures.set(name, failureOf(error, cluster));
    return undefined;
  }
}
