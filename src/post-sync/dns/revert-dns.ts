import { patchZones } from "../../dns/corefile-zones.ts";
import { corefilePlace } from "../../dns/places.ts";
import { type DnsRecord, digestOf, type OwnZone, recordedAt, withZonesAt } from "../../dns/record.ts";
import { DNS_FIELD_MANAGER } from "../../model/labels.ts";
import { formatRef, type Ref } from "../../model/ref.ts";
import { alignServers, alignStubDomains } from "./align-places.ts";
import { dropCustomKeys } from "./custom-keys.ts";
import type { DnsRun } from "./dns-run.ts";
import { fetchRecord, updateRecord } from "./record-store.ts";
import type { Observation } from "./replicas.ts";
import { retryConflicts } from "./retry-conflicts.ts";
import { observeBefore, seeLoaded } from "./see-loaded.ts";

/**
 * Put back the Corefile from before our last write, and take our zones out of everything else. Where others have changed
 * the Corefile since, only our zones are taken out of it.
 */
export async function revertDns(run: DnsRun): Promise<void> {
  const record = await fetchRecord(run.api);
  const emptied: DnsRun = { ...run, wanted: [], stays: () => false };
  const isCustom = run.dns?.provider === "coredns-custom";
  if (isCustom || recordedAt(record, "coredns-custom").length > 0) await dropCustomKeys(emptied);
  if (isCustom) run.draft.remarks.push(SYNCED);
  if (recordedAt(record, "stub-domains").length > 0) await alignStubDomains(emptied);
  if (recordedAt(record, "servers").length > 0) await alignServers(emptied);
  if (recordedAt(record, "corefile").length > 0 || record.corefile !== undefined) await revertCorefile(emptied);
  run.draft.remarks.push(AGAIN);
}

const SYNCED = "coredns-custom keeps the zones that sync has delivered; take them out of clouds/";

const AGAIN = "the next post-sync puts the zones of dist/ in again; take those that are wrong out of clouds/ before";

async function revertCorefile(run: DnsRun): Promise<void> {
  const { api, namespace, conflictMs, draft } = run;
  const place = corefilePlace(namespace);
  const { ref } = place;
  let before: Observation | undefined;
  let isWritten = false;
  const { record, target } = await retryConflicts(conflictMs, async () => {
    const [live, known] = await Promise.all([api.get(ref), fetchRecord(api)]);
    const current = live && place.read(live);
    const found = targetOf(current, known);
    if (live === undefined || found.kind === "refused") return { record: known, target: found };
    if (found.corefile !== current) {
      // as in every write, the record names all of ours that is there before and after it
      await updateRecord(api, conflictMs, (latest) =>
        withOwn(latest, [...recordedAt(latest, "corefile"), ...found.ours]),
      );
      if (!isWritten) before = await observeBefore(run, current);
      const manifest = place.write(live, found.corefile);
      await api.replace({ ...manifest, metadata: live.metadata }, { manager: DNS_FIELD_MANAGER });
      isWritten = true;
    }
    await updateRecord(api, conflictMs, (latest) => ({ ...withOwn(latest, found.ours), corefile: undefined }));
    return { record: known, target: found };
  });
  if (target.kind === "found") return tellReverted(run, ref, record, target, before);
  draft.failures.push({ code: "DNS_REFUSED", message: `${formatRef(ref)} was left as it is: ${target.reason}` });
}

/** The record with these zones in the Corefile, each once. */
function withOwn(record: DnsRecord, zones: readonly OwnZone[]): DnsRecord {
  const byName = new Map(zones.map(({ zone, cloud }) => [zone, cloud]));
  const put = [...byName].map(([zone, cloud]) => ({ place: "corefile", zone, cloud, isPut: true }) as const);
  return withZonesAt(record, "corefile", put);
}

/** Which Corefile is to be there. */
type Target =
  | {
      readonly kind: "found";
      readonly corefile: string;
      /** Our zones in it. */
      readonly ours: readonly OwnZone[];
      /** Whether it is what was there before, whole. */
      readonly isWhole: boolean;
    }
  | { readonly kind: "refused"; readonly reason: string };

function targetOf(current: string | undefined, record: DnsRecord): Target {
  if (current === undefined) return { kind: "refused", reason: "it is not there" };
  const { before, zones = [], written } = record.corefile ?? {};
  const isOurs = digestOf(current) === written || current === before;
  if (isOurs && before !== undefined) {
    return { kind: "found", corefile: before, ours: present(before, zones), isWhole: true };
  }
  const taken = patchZones(current, { wanted: [], ours: recordedAt(record, "corefile").map(({ zone }) => zone) });
  if (taken.kind === "patched") return { kind: "found", corefile: taken.value ?? current, ours: [], isWhole: false };
  const byHand = "ConfigMap/lcloud-system/lcloud-dns holds the Corefile from before, to be put back by hand";
  const reason = `others have changed it since, and our zones cannot be taken out: ${taken.faults.join("; ")}`;
  return { kind: "refused", reason: before === undefined ? reason : `${reason}; ${byHand}` };
}

/** Those that are in a Corefile; all where it cannot be told. */
function present(corefile: string, zones: readonly OwnZone[]): readonly OwnZone[] {
  const taken = patchZones(corefile, { wanted: [], ours: zones.map(({ zone }) => zone) });
  if (taken.kind === "refused") return zones;
  return zones.filter(({ zone }) => taken.zones.some((each) => each.zone === zone));
}

async function tellReverted(
  run: DnsRun,
  ref: Ref,
  record: DnsRecord,
  { corefile, ours, isWhole }: Extract<Target, { kind: "found" }>,
  before: Observation | undefined,
): Promise<void> {
  const earlier = recordedAt(record, "corefile");
  const isIn = (zones: readonly OwnZone[], name: string): boolean => zones.some(({ zone }) => zone === name);
  const gone = earlier.filter(({ zone }) => !isIn(ours, zone));
  for (const { cloud, zone } of ours)
    run.draft.addZone({ cloud, zone, action: isIn(earlier, zone) ? "kept" : "added" });
  for (const { cloud, zone } of gone) run.draft.addZone({ cloud, zone, action: "removed" });
  const what = isWhole
    ? "is as it was before our last write"
    : "is not as we wrote it last, so only our zones were taken out";
  run.draft.remarks.push(`${formatRef(ref)} ${what}`);
  const namesOf = (zones: readonly OwnZone[]): readonly string[] => zones.map(({ zone }) => zone);
  const expected = { present: namesOf(ours), absent: namesOf(gone), isChanged: false };
  await seeLoaded(run, corefile, expected, { before });
}
