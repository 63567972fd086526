import type { ClusterDns } from "../../dns/cluster-dns.ts";
import type { Imports } from "../../dns/corefile/patch.ts";
import { customKey, customRef } from "../../dns/custom-config-map.ts";
import { judgeCustom } from "../../dns/custom-corefile.ts";
import { serverBlock } from "../../dns/fragments.ts";
import { writerOf as keyWriter } from "../../dns/live-zones.ts";
import { corefileRef } from "../../dns/places.ts";
import { canShare } from "../../engine/protection.ts";
import { writerOf } from "../../model/delivery.ts";
import { formatRef } from "../../model/ref.ts";
import { isSame } from "../../model/same-value.ts";
import type { RenderedCluster } from "../../rendered/rendered-cluster.ts";
import { type CustomState, readCustom, type Texts, writeKeys, zoneOfKey } from "./custom-state.ts";
import type { DnsRun } from "./dns-run.ts";
import type { Observation } from "./replicas.ts";
import { retryConflicts } from "./retry-conflicts.ts";
import { observeBefore, seeLoaded } from "./see-loaded.ts";

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
  const { api, wanted, draft, conflictMs } = run;
  const due = ownZones(cluster);
  const done = await retryConflicts(conflictMs, async (): Promise<CustomChange | readonly string[]> => {
    const state = await readCustom(api, dns.namespace);
    const own = { ...(await stayingTexts(run, due, state)), ...ownTexts(run, dns, due, state) };
    const others = Object.entries(state.texts).filter(([key]) => !Object.hasOwn(state.own, key));
    const texts = { ...Object.fromEntries(others), ...own };
    const zones = wanted.map(({ zone }) => zone);
    const { faults, imports } = judgeCustom(state.corefile, texts, zones);
    const taken = [...faults, ...keysOfOthers(state, own)];
    if (taken.length > 0) return taken;
    const isWritten = !isSame(own, state.own);
    const before = isWritten ? await observeBefore(run, state.corefile) : undefined;
    await writeKeys(run, state, own, due);
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

/** Clouds by the zones that are post-sync's to put there. */
const ownZones = ({ file, clouds }: RenderedCluster): ReadonlyMap<string, string> => {
  const isAll = !canShare(writerOf(file.delivery));
  return new Map(
    clouds.flatMap(({ name, zone }) =>
      zone && (isAll || zone.to?.kind === "service") ? [[zone.zone, name] as const] : [],
    ),
  );
};

/** Take out the keys that post-sync has put into `coredns-custom`, but of zones that stay; those of deliveries stay. */
export async function dropCustomKeys(run: DnsRun): Promise<void> {
  const { api, namespace, conflictMs } = run;
  const none = new Map<string, string>();
  const { state, kept } = await retryConflicts(conflictMs, async () => {
    const state = await readCustom(api, namespace);
    const kept = await stayingTexts(run, none, state);
    await writeKeys(run, state, kept, none);
    return { state, kept };
  });
  tellRemoved(run, state, kept);
}

/** The keys that post-sync is to have: of a zone that is not wanted now and still in dist/, what is there stays. */
function ownTexts({ wanted }: DnsRun, dns: ClusterDns, due: ReadonlyMap<string, string>, { own }: CustomState): Texts {
  const blocks = new Map(wanted.map(({ name, zone }) => [name, serverBlock(dns, zone)]));
  const entries = [...due.keys()].sort().flatMap((zone) => {
    const text = blocks.get(zone) ?? own[customKey(zone)];
    return text === undefined ? [] : [[customKey(zone), text] as const];
  });
  return Object.fromEntries(entries);
}

/** Keys of zones that are not due, and that are to stay all the same. */
async function stayingTexts(
  { stays }: DnsRun,
  due: ReadonlyMap<string, string>,
  { own, recorded }: CustomState,
): Promise<Texts> {
  const left = recorded.filter(({ zone }) => !due.has(zone) && own[customKey(zone)] !== undefined);
  const judged = await Promise.all(left.map(async (zone) => ((await stays(zone)) ? [customKey(zone.zone)] : [])));
  return Object.fromEntries(judged.flat().map((key) => [key, own[key] ?? ""]));
}

/** Keys that we would have to take from somebody: from a delivery of before, or from who wrote them by hand. */
const keysOfOthers = ({ live, texts, own: ours }: CustomState, own: Texts): readonly string[] =>
  Object.entries(own)
    .filter(([key, text]) => texts[key] !== undefined && texts[key] !== text && !Object.hasOwn(ours, key))
    .map(([key]) => {
      const who = (live && keyWriter(live, key)) ?? "somebody else";
      return `${key} is written by ${who}, and otherwise; run lcloud sync, or remove it`;
    });

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
  const removed = tellRemoved(run, state, own);
  const isChanged = present.some(({ name }) => {
    const earlier = state.own[customKey(name)];
    return earlier !== undefined && earlier !== own[customKey(name)];
  });
  const expected = { present: present.map(({ name }) => name), absent: removed, isChanged };
  const unwritten = isSame(own, state.own) ? [state.main, state.live] : undefined;
  await seeLoaded(run, state.corefile, expected, { before, imports, unwritten });
}

/** @returns Names of the zones that post-sync had there and has no longer. */
function tellRemoved({ draft }: DnsRun, state: CustomState, own: Texts): readonly string[] {
  const removed = Object.keys(state.own)
    .filter((key) => !Object.hasOwn(own, key))
    .map(zoneOfKey);
  const cloudOf = new Map(state.recorded.map(({ zone, cloud }) => [zone, cloud]));
  for (const zone of removed) draft.addZone({ cloud: cloudOf.get(zone) ?? "", zone, action: "removed" });
  return removed;
}
