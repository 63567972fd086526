import type { ClusterDns } from "../../dns/cluster-dns.ts";
import type { Imports } from "../../dns/corefile/patch.ts";
import { customKey, customRef } from "../../dns/custom-config-map.ts";
import { judgeCustom } from "../../dns/custom-corefile.ts";
import { serverBlock } from "../../dns/fragments.ts";
import { writerOf as keyWriter } from "../../dns/live-zones.ts";
import { corefileRef } from "../../dns/places.ts";
import { canShare } from "../../engine/protection.ts";
import type { KubeApi } from "../../kube-api/kube-api.ts";
import { writerOf } from "../../model/delivery.ts";
import { DNS_FIELD_MANAGER } from "../../model/labels.ts";
import type { JsonObject, LiveManifest } from "../../model/manifest.ts";
import { formatRef } from "../../model/ref.ts";
import { isSame } from "../../model/same-value.ts";
import type { RenderedCluster } from "../../rendered/rendered-cluster.ts";
import type { DnsRun } from "./dns-run.ts";
import type { Observation } from "./replicas.ts";
import { retryConflicts } from "./retry-conflicts.ts";
import { observeBefore, seeLoaded } from "./see-loaded.ts";

type Texts = Readonly<Record<string, string>>;

/** What a cluster's CoreDNS is told, and by whom. */
interface CustomState {
  readonly main: LiveManifest | undefined;
  /** Of it. */
  readonly corefile: string;
  /** ConfigMap `coredns-custom`; undefined where it is not there. */
  readonly live: LiveManifest | undefined;
  /** All its keys. */
  readonly texts: Texts;
  /** Those that post-sync has put there. */
  readonly own: Texts;
}

/** What was done, and with what. */
interface CustomChange {
  readonly state: CustomState;
  /** Keys as they are now: all, and those of post-sync. */
  readonly texts: Texts;
  readonly own: Texts;
  readonly imports: Imports;
  readonly before: Observation | undefined;
}

/**
 * Put zones that no delivery puts there into `coredns-custom`, a key for each, and see that what deliveries have put there
 * is loaded: those that are forwarded to Services, and all where the writer of deliveries cannot share it. Keys of
 * deliveries and of others are not written: each field manager has its own.
 *
 * @param cluster - All of dist/ for it.
 */
export async function alignCustom(run: DnsRun, dns: ClusterDns, cluster: RenderedCluster): Promise<void> {
  const { api, wanted, conflictMs, draft } = run;
  const due = ownZones(cluster);
  const done = await retryConflicts(conflictMs, async (): Promise<CustomChange | readonly string[]> => {
    const state = await readCustom(api, dns);
    const own = ownTexts(run, dns, due, state);
    const others = Object.entries(state.texts).filter(([key]) => !Object.hasOwn(state.own, key));
    const texts = { ...Object.fromEntries(others), ...own };
    const zones = wanted.map(({ zone }) => zone);
    const { faults, imports } = judgeCustom(state.corefile, texts, zones);
    const taken = [...faults, ...keysOfOthers(state, own)];
    if (taken.length > 0) return taken;
    const isWritten = !isSame(own, state.own);
    const before = isWritten ? await observeBefore(run, state.corefile) : undefined;
    if (isWritten) await applyKeys(api, dns, state.live, own);
    return { state, texts, own, imports, before };
  });
  if (!("state" in done)) {
    const what = `${formatRef(corefileRef(dns.namespace))} with ${formatRef(customRef(dns))}`;
    draft.failures.push({ code: "DNS_REFUSED", message: `${what}: ${done.join("; ")}` });
    for (const { cloud, name: zone } of wanted) draft.addZone({ cloud, zone, action: "refused" });
    return;
  }
  await tellCustom(run, dns, done);
}

const ownZones = ({ file, clouds }: RenderedCluster): ReadonlySet<string> => {
  const isAll = !canShare(writerOf(file.delivery));
  return new Set(clouds.flatMap(({ zone }) => (zone && (isAll || zone.to?.kind === "service") ? [zone.zone] : [])));
};

/** Take out the keys that post-sync has put into `coredns-custom`; those of deliveries stay. */
export async function dropCustomKeys(run: DnsRun, dns: ClusterDns): Promise<void> {
  const { api, conflictMs, draft } = run;
  await retryConflicts(conflictMs, async () => {
    const { live, own } = await readCustom(api, dns);
    if (Object.keys(own).length > 0) await applyKeys(api, dns, live, {});
    for (const key of Object.keys(own)) draft.addZone({ cloud: "", zone: zoneOfKey(key), action: "removed" });
  });
  draft.remarks.push(`${formatRef(customRef(dns))} keeps the zones that sync has delivered; take them out of clouds/`);
}

async function readCustom(api: KubeApi, dns: ClusterDns): Promise<CustomState> {
  const [main, live] = await Promise.all([api.get(corefileRef(dns.namespace)), api.get(customRef(dns))]);
  const texts = textsOf(live);
  const keys = ownKeys(live);
  return {
    main,
    corefile: textsOf(main)["Corefile"] ?? "",
    live,
    texts,
    own: Object.fromEntries(Object.entries(texts).filter(([key]) => keys.has(key))),
  };
}

const textsOf = (live: LiveManifest | undefined): Texts => (live?.["data"] ?? {}) as Texts;

/** By the field manager that applied them. */
function ownKeys(live: LiveManifest | undefined): ReadonlySet<string> {
  const ours = (live?.metadata.managedFields ?? []).filter(
    ({ manager, operation }) => manager === DNS_FIELD_MANAGER && operation === "Apply",
  );
  const keys = ours.flatMap(({ fieldsV1 }) => Object.keys((fieldsV1?.["f:data"] ?? {}) as JsonObject));
  return new Set(keys.map((key) => key.replace(/^f:/, "")));
}

/** The keys that post-sync is to have: of a zone that is not wanted now and still in dist/, what is there stays. */
function ownTexts({ wanted }: DnsRun, dns: ClusterDns, due: ReadonlySet<string>, { own }: CustomState): Texts {
  const blocks = new Map(wanted.map(({ name, zone }) => [name, serverBlock(dns, zone)]));
  const entries = [...due].sort().flatMap((zone) => {
    const text = blocks.get(zone) ?? own[customKey(zone)];
    return text === undefined ? [] : [[customKey(zone), text] as const];
  });
  return Object.fromEntries(entries);
}

/** Keys that we would have to take from somebody: from a delivery of before, or from who wrote them by hand. */
const keysOfOthers = ({ live, texts, own: ours }: CustomState, own: Texts): readonly string[] =>
  Object.entries(own)
    .filter(([key, text]) => texts[key] !== undefined && texts[key] !== text && !Object.hasOwn(ours, key))
    .map(([key]) => {
      const who = (live && keyWriter(live, key)) ?? "somebody else";
      return `${key} is written by ${who}, and otherwise; run lcloud sync, or remove it`;
    });

async function applyKeys(api: KubeApi, dns: ClusterDns, live: LiveManifest | undefined, data: Texts): Promise<void> {
  const { apiVersion, kind, name, namespace = dns.namespace } = customRef(dns);
  // whoever has changed it meanwhile is heard first
  const seen = live === undefined ? {} : { uid: live.metadata.uid, resourceVersion: live.metadata.resourceVersion };
  const manifest = { apiVersion, kind, metadata: { name, namespace, ...seen } };
  // an empty map would be a field of its own
  const isEmpty = Object.keys(data).length === 0;
  await api.apply(isEmpty ? manifest : { ...manifest, data }, { manager: DNS_FIELD_MANAGER });
}

const zoneOfKey = (key: string): string => key.replace(/^lc-/, "").replace(/\.server$/, "");

async function tellCustom(run: DnsRun, dns: ClusterDns, change: CustomChange): Promise<void> {
  const { wanted, draft } = run;
  const { state, texts, own, imports, before } = change;
  const present = wanted.filter(({ name, zone, cloud }) => {
    const key = customKey(name);
    const isThere = texts[key] === serverBlock(dns, zone);
    const written = Object.hasOwn(state.own, key) ? "changed" : "added";
    const action = !isThere ? "missing" : own[key] === state.own[key] ? "kept" : written;
    draft.addZone({ cloud, zone: name, action });
    return isThere;
  });
  const missing = wanted.filter((each) => !present.includes(each)).map(({ name }) => name);
  if (missing.length > 0) {
    const message = `${formatRef(customRef(dns))} does not have ${missing.join(", ")} as in dist/; run lcloud sync`;
    draft.failures.push({ code: "NOT_DELIVERED", message });
  }
  const removed = Object.keys(state.own).filter((key) => !Object.hasOwn(own, key));
  for (const key of removed) draft.addZone({ cloud: "", zone: zoneOfKey(key), action: "removed" });
  const isChanged = present.some(({ name }) => {
    const earlier = state.own[customKey(name)];
    return earlier !== undefined && earlier !== own[customKey(name)];
  });
  const expected = { present: present.map(({ name }) => name), absent: removed.map(zoneOfKey), isChanged };
  const unwritten = isSame(own, state.own) ? [state.main, state.live] : undefined;
  await seeLoaded(run, state.corefile, expected, { before, imports, unwritten });
}
