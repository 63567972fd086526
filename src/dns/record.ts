import { createHash } from "node:crypto";
import { MAX_CONFIG_BYTES } from "../model/config-map.ts";
import { CloudError } from "../model/error.ts";
import { SYSTEM_NAMESPACE } from "../model/labels.ts";
import type { Manifest } from "../model/manifest.ts";
import { isDnsSubdomain } from "../model/names.ts";
import { formatRef, type Ref, refOf } from "../model/ref.ts";

/**
 * Where zones are put at post-sync: the Corefile, keys of ConfigMap `coredns-custom`, `stubDomains` of ConfigMap `kube-dns`,
 * or the servers of `dns.operator.openshift.io/default`.
 */
export type DnsPlace = "corefile" | "coredns-custom" | "stub-domains" | "servers";

/** A zone of ours. */
export interface OwnZone {
  readonly zone: string;
  readonly cloud: string;
}

/** A zone that we have put somewhere, or are about to. */
export interface RecordedZone extends OwnZone {
  readonly place: DnsPlace;
  /** False from before it is written until it is known to be. */
  readonly isPut: boolean;
}

/** What we remember of our own in a cluster's DNS: a superset of the zones that are there by us. */
export interface DnsRecord {
  /** Of the DNS server's ConfigMaps; undefined before the first zone. */
  readonly namespace: string | undefined;
  readonly zones: readonly RecordedZone[];
  /** Of our last write of the Corefile; undefined before it, and once it was taken back. */
  readonly corefile: RecordedCorefile | undefined;
}

export interface RecordedCorefile {
  /** What was there before; undefined where a ConfigMap has no room for it. */
  readonly before: string | undefined;
  /** Ours in what was there before. */
  readonly zones: readonly OwnZone[];
  /** {@link digestOf} what was written, or was about to be. */
  readonly written: string;
}

/** The ConfigMap of the record. It has no label of ours, as what units hold has. */
export const DNS_RECORD: Ref = { apiVersion: "v1", kind: "ConfigMap", namespace: SYSTEM_NAMESPACE, name: "lcloud-dns" };

export const EMPTY_RECORD: DnsRecord = { namespace: undefined, zones: [], corefile: undefined };

/** The keys say in which form their values are. */
const ZONES = "zones.v1";
const ZONES_BEFORE = "zones-before.v1";
const BEFORE = "Corefile";
const WRITTEN = "written.sha256";
const NAMESPACE = "namespace";

/** Whether texts are the same, where one of them is not at hand. @returns SHA-256 as hexadecimal digits */
export const digestOf = (text: string): string => createHash("sha256").update(text).digest("hex");

/**
 * The ConfigMap that holds a record: a line for each zone, and the last good Corefile as it was, for whoever must put it
 * back by hand. A Corefile may itself be as large as a ConfigMap; then there is no room for it.
 *
 * @returns The same for the same record.
 */
export function formatRecord({ namespace, zones, corefile }: DnsRecord): Manifest {
  const data: Readonly<Record<string, string>> = {
    [ZONES]: linesOf(zones.map(formatZone)),
    ...(namespace === undefined ? {} : { [NAMESPACE]: namespace }),
    ...(corefile === undefined
      ? {}
      : { [WRITTEN]: corefile.written, [ZONES_BEFORE]: linesOf(corefile.zones.map(formatOwn)) }),
  };
  const withBefore = corefile?.before === undefined ? data : { ...data, [BEFORE]: corefile.before };
  const { apiVersion, kind, namespace: home = SYSTEM_NAMESPACE, name } = DNS_RECORD;
  return { apiVersion, kind, metadata: { name, namespace: home }, data: hasRoom(withBefore) ? withBefore : data };
}

/**
 * The inverse of {@link formatRecord}.
 *
 * @param cluster - For the message.
 * @throws {@link CloudError} `API_ERROR` if it is none that this version can read.
 */
export function readRecord(configMap: Manifest, cluster: string): DnsRecord {
  const data = (configMap["data"] ?? {}) as Readonly<Record<string, string>>;
  const zones = readLines(data[ZONES], readZone);
  const before = readLines(data[ZONES_BEFORE] ?? "", readOwn);
  if (zones === undefined || before === undefined) {
    const what =
      "is no record of DNS zones that this version can read; use the version that wrote it, or undo what was edited";
    throw new CloudError("API_ERROR", `${cluster}: ${formatRef(refOf(configMap))} ${what}`);
  }
  const written = data[WRITTEN];
  return {
    namespace: data[NAMESPACE],
    zones,
    corefile: written === undefined ? undefined : { before: data[BEFORE], zones: before, written },
  };
}

/** The zones that a place has of us, or may have. */
export const recordedAt = ({ zones }: DnsRecord, place: DnsPlace): readonly RecordedZone[] =>
  zones.filter((zone) => zone.place === place);

/** The record with other zones at one place. */
export const withZonesAt = (record: DnsRecord, place: DnsPlace, zones: readonly RecordedZone[]): DnsRecord => ({
  ...record,
  zones: [...record.zones.filter((zone) => zone.place !== place), ...zones],
});

const hasRoom = (data: Readonly<Record<string, string>>): boolean =>
  Object.values(data).reduce((sum, value) => sum + Buffer.byteLength(value), 0) <= MAX_CONFIG_BYTES;

const PLACES: readonly string[] = [
  "corefile",
  "coredns-custom",
  "stub-domains",
  "servers",
] satisfies readonly DnsPlace[];
const isPlace = (word: string): word is DnsPlace => PLACES.includes(word);

const linesOf = (lines: readonly string[]): string =>
  lines
    .map((line) => `${line}\n`)
    .sort()
    .join("");

/** @returns undefined where one of the lines is none that is known. */
function readLines<T>(text: string | undefined, read: (line: string) => T | undefined): readonly T[] | undefined {
  const values = text?.split("\n").flatMap((line) => (line === "" ? [] : [read(line)]));
  return values?.every((each) => each !== undefined) ? values : undefined;
}

const formatOwn = ({ zone, cloud }: OwnZone): string => `${zone} ${cloud}`;

/** Others may have edited it, and what it says is printed, and looked for in Corefiles. */
function readOwn(line: string): OwnZone | undefined {
  const [zone = "", cloud = "", ...more] = line.split(" ");
  return isDnsSubdomain(zone) && isDnsSubdomain(cloud) && more.length === 0 ? { zone, cloud } : undefined;
}

const formatZone = ({ place, isPut, ...own }: RecordedZone): string =>
  `${place} ${formatOwn(own)} ${isPut ? "put" : "pending"}`;

function readZone(line: string): RecordedZone | undefined {
  const { place = "", own = "", state } = /^(?<place>\S+) (?<own>.+) (?<state>put|pending)$/.exec(line)?.groups ?? {};
  const zone = readOwn(own);
  return isPlace(place) && zone !== undefined ? { place, ...zone, isPut: state === "put" } : undefined;
}
