import { customRef, filesOf } from "../../dns/custom-config-map.ts";
import { corefileRef } from "../../dns/places.ts";
import { type DnsRecord, type RecordedZone, recordedAt, withZonesAt } from "../../dns/record.ts";
import type { KubeApi } from "../../kube-api/kube-api.ts";
import { DNS_FIELD_MANAGER } from "../../model/labels.ts";
import type { JsonObject, LiveManifest } from "../../model/manifest.ts";
import { isSame } from "../../model/same-value.ts";
import type { DnsRun } from "./dns-run.ts";
import { fetchRecord, updateRecord } from "./record-store.ts";

/** Server blocks by keys of `coredns-custom`. */
export type Texts = Readonly<Record<string, string>>;

/** What a cluster's CoreDNS is told, and by whom. */
export interface CustomState {
  readonly main: LiveManifest | undefined;
  /** Of it. */
  readonly corefile: string;
  /** ConfigMap `coredns-custom`; undefined where it is not there. */
  readonly live: LiveManifest | undefined;
  /** All its keys. */
  readonly texts: Texts;
  /** Those that post-sync has put there. */
  readonly own: Texts;
  /** Zones of them by the record; those of earlier versions are in none. */
  readonly recorded: readonly RecordedZone[];
}

/**
 * Write the keys of post-sync, and the record around it: so it names all that is there of ours wherever a run ends.
 *
 * @param due - As by {@link ownZones}.
 */
export async function writeKeys(
  { api, namespace, conflictMs }: DnsRun,
  { live, own: before, recorded }: CustomState,
  own: Texts,
  due: ReadonlyMap<string, string>,
): Promise<void> {
  const cloudOf = new Map([...recorded.map(({ zone, cloud }) => [zone, cloud] as const), ...due]);
  const zonesOf = (texts: Texts, isPut: boolean): readonly RecordedZone[] =>
    Object.keys(texts).flatMap((key) => {
      const zone = zoneOfKey(key);
      const cloud = cloudOf.get(zone);
      return cloud === undefined ? [] : [{ place: PLACE, zone, cloud, isPut }];
    });
  if (!isSame(own, before)) {
    await updateRecord(api, conflictMs, (latest) => {
      const known = recordedAt(latest, PLACE);
      const added = zonesOf(own, false).filter(({ zone }) => !known.some((each) => each.zone === zone));
      return { ...withZonesAt(latest, PLACE, [...known, ...added]), namespace };
    });
    await applyKeys(api, namespace, live, own);
  }
  const put = zonesOf(own, true);
  if (recorded.length + put.length === 0) return;
  await updateRecord(api, conflictMs, (latest) => ({ ...settle(latest, recorded, put), namespace }));
}

const PLACE = "coredns-custom";

/** What is there after the write. What others have announced meanwhile stays. */
function settle(record: DnsRecord, before: readonly RecordedZone[], put: readonly RecordedZone[]): DnsRecord {
  const done = new Set([...before, ...put].map(({ zone }) => zone));
  return withZonesAt(record, PLACE, [...recordedAt(record, PLACE).filter(({ zone }) => !done.has(zone)), ...put]);
}

/** Read it, and what it is imported by. @param namespace - Of the DNS server. */
export async function readCustom(api: KubeApi, namespace: string): Promise<CustomState> {
  const [main, live, record] = await Promise.all([
    api.get(corefileRef(namespace)),
    api.get(customRef({ namespace })),
    fetchRecord(api),
  ]);
  const texts = filesOf(live);
  const keys = ownKeys(live);
  return {
    main,
    corefile: filesOf(main)["Corefile"] ?? "",
    live,
    texts,
    own: Object.fromEntries(Object.entries(texts).filter(([key]) => keys.has(key))),
    recorded: recordedAt(record, PLACE),
  };
}

/** By the field manager that applied them. */
function ownKeys(live: LiveManifest | undefined): ReadonlySet<string> {
  const ours = (live?.metadata.managedFields ?? []).filter(
    ({ manager, operation }) => manager === DNS_FIELD_MANAGER && operation === "Apply",
  );
  const keys = ours.flatMap(({ fieldsV1 }) => Object.keys((fieldsV1?.["f:data"] ?? {}) as JsonObject));
  return new Set(keys.map((key) => key.replace(/^f:/, "")));
}

async function applyKeys(api: KubeApi, namespace: string, live: LiveManifest | undefined, data: Texts): Promise<void> {
  const { apiVersion, kind, name } = customRef({ namespace });
  // whoever has changed it meanwhile is heard first
  const seen = live === undefined ? {} : { uid: live.metadata.uid, resourceVersion: live.metadata.resourceVersion };
  const manifest = { apiVersion, kind, metadata: { name, namespace, ...seen } };
  // an empty map would be a field of its own
  const isEmpty = Object.keys(data).length === 0;
  await api.apply(isEmpty ? manifest : { ...manifest, data }, { manager: DNS_FIELD_MANAGER });
}

/** The inverse of {@link customKey}. */
export const zoneOfKey = (key: string): string => key.replace(/^lc-/, "").replace(/\.server$/, "");
