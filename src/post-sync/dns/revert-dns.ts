import { patchZones } from "../../dns/corefile-zones.ts";
import { corefileRef } from "../../dns/places.ts";
import { type DnsRecord, digestOf, recordedAt, withZonesAt } from "../../dns/record.ts";
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
  if (run.dns?.provider === "coredns-custom") await dropCustomKeys(emptied, run.dns);
  if (recordedAt(record, "stub-domains").length > 0) await alignStubDomains(emptied);
  if (recordedAt(record, "servers").length > 0) await alignServers(emptied);
  if (recordedAt(record, "corefile").length > 0 || record.corefile !== undefined) await revertCorefile(emptied);
  run.draft.remarks.push(AGAIN);
}

const AGAIN = "the next post-sync puts the zones of dist/ in again; take those that are wrong out of clouds/ before";

async function revertCorefile(run: DnsRun): Promise<void> {
  const { api, namespace, conflictMs, draft } = run;
  const ref = corefileRef(namespace);
  let before: Observation | undefined;
  let isWritten = false;
  const done = await retryConflicts(conflictMs, async () => {
    const [live, record] = await Promise.all([api.get(ref), fetchRecord(api)]);
    const data = (live?.["data"] ?? {}) as Readonly<Record<string, string>>;
    const current = data["Corefile"];
    const target = targetOf(current, record);
    if (live === undefined || target.kind === "refused") return { record, target };
    if (target.corefile !== current) {
      if (!isWritten) before = await observeBefore(run, current);
      const manifest = { ...live, data: { ...data, Corefile: target.corefile } };
      await api.replace(manifest, { manager: DNS_FIELD_MANAGER });
      isWritten = true;
    }
    await updateRecord(api, conflictMs, (latest) => ({
      ...withZonesAt(
        latest,
        "corefile",
        recordedAt(latest, "corefile").filter(({ zone }) => target.left.has(zone)),
      ),
      corefile: undefined,
    }));
    return { record, target };
  });
  if (done.target.kind === "refused") {
    draft.failures.push({ code: "DNS_REFUSED", message: `${formatRef(ref)} was left as it is: ${done.target.reason}` });
    return;
  }
  await report(run, ref, done.record, done.target, before);
}

type Target =
  | {
      readonly kind: "found";
      readonly corefile: string;
      /** Our zones that are still in it. */
      readonly left: ReadonlySet<string>;
      /** Whether it is what was there before, whole. */
      readonly isWhole: boolean;
    }
  | { readonly kind: "refused"; readonly reason: string };

/** Which Corefile is to be there. */
function targetOf(current: string | undefined, record: DnsRecord): Target {
  if (current === undefined) return { kind: "refused", reason: "it is not there" };
  const ours = recordedAt(record, "corefile").map(({ zone }) => zone);
  const { before, written } = record.corefile ?? {};
  const isOurs = digestOf(current) === written || current === before;
  const whole = isOurs ? before : undefined;
  const taken = patchZones(whole ?? current, { wanted: [], ours });
  if (taken.kind === "patched") {
    const removed = new Set(taken.zones.map(({ zone }) => zone));
    if (whole !== undefined) return { kind: "found", corefile: whole, left: removed, isWhole: true };
    return { kind: "found", corefile: taken.value ?? current, left: new Set(), isWhole: false };
  }
  if (whole !== undefined) return { kind: "found", corefile: whole, left: new Set(ours), isWhole: true };
  const byHand = "ConfigMap/lcloud-system/lcloud-dns holds the Corefile from before, to be put back by hand";
  const reason = `others have changed it since, and our zones cannot be taken out: ${taken.faults.join("; ")}`;
  return { kind: "refused", reason: before === undefined ? reason : `${reason}; ${byHand}` };
}

async function report(
  run: DnsRun,
  ref: Ref,
  record: DnsRecord,
  { corefile, left, isWhole }: Extract<Target, { kind: "found" }>,
  before: Observation | undefined,
): Promise<void> {
  const recorded = recordedAt(record, "corefile");
  for (const { cloud, zone } of recorded) {
    run.draft.addZone({ cloud, zone, action: left.has(zone) ? "kept" : "removed" });
  }
  const what = isWhole
    ? "is as it was before our last write"
    : "was changed by others since, so only our zones were taken out";
  run.draft.remarks.push(`${formatRef(ref)} ${what}`);
  const present = recorded.map(({ zone }) => zone).filter((zone) => left.has(zone));
  const absent = recorded.map(({ zone }) => zone).filter((zone) => !left.has(zone));
  await seeLoaded(run, corefile, { present, absent, isChanged: false }, { before });
}
