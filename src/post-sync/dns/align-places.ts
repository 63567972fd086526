import { UPSTREAM_SERVICE } from "../../dns/fragments.ts";
import { corefilePlace, type Place, SERVERS_PLACE, stubDomainsPlace } from "../../dns/places.ts";
import type { ForwardZone, Zone } from "../../dns/zone.ts";
import { failureOf } from "../../model/change.ts";
import { CloudError } from "../../model/error.ts";
import { formatRef } from "../../model/ref.ts";
import { type AlignedPlace, alignPlace, type PlacedZone } from "./align-place.ts";
import type { DnsRun } from "./dns-run.ts";
import type { Observation } from "./replicas.ts";
import { clusterIPsOf } from "./resolve-zone.ts";
import { observeBefore, seeLoaded } from "./see-loaded.ts";

/** Put the zones into the Corefile that they belong in, and wait until it is loaded. */
export async function alignCorefile(run: DnsRun): Promise<void> {
  const wanted = run.dns?.provider === "corefile" ? run.wanted : [];
  let before: Observation | undefined;
  const aligned = await align(run, corefilePlace(run.namespace), wanted, async (corefile) => {
    before = await observeBefore(run, corefile);
  });
  if (aligned?.value === undefined) return;
  const named = (...actions: readonly string[]): readonly string[] =>
    aligned.zones.filter(({ action }) => actions.includes(action)).map(({ zone }) => zone);
  run.draft.remarks.push(...(wanted.length === 0 ? [] : aligned.remarks));
  const expected = {
    present: named("added", "changed", "kept"),
    absent: named("removed"),
    isChanged: named("changed").length > 0,
  };
  const unwritten = aligned.isWritten ? undefined : [aligned.live];
  await seeLoaded(run, aligned.value, expected, { before, unwritten });
}

/** Put the zones where kube-dns, or NodeLocal DNSCache, takes them from. */
export async function alignStubDomains(run: DnsRun): Promise<void> {
  const { dns, namespace, wanted } = run;
  const isKubeDns = dns?.provider === "kube-dns";
  const zones = isKubeDns ? onlyForwarded(wanted) : dns?.nodeLocalCache ? await toUpstream(run) : [];
  const aligned = zones && (await align(run, stubDomainsPlace(namespace), zones));
  if (!aligned?.isWritten) return;
  if (isKubeDns) run.draft.loaded = { kind: "unseen", reason: "kube-dns does not tell" };
  else run.draft.remarks.push("node caches were told, and do not tell when they have loaded it");
}

/** Put the zones into the servers of OpenShift's DNS operator. */
export async function alignServers(run: DnsRun): Promise<void> {
  const wanted = run.dns?.provider === "openshift" ? onlyForwarded(run.wanted) : [];
  const aligned = await align(run, SERVERS_PLACE, wanted);
  if (aligned?.isWritten) run.draft.loaded = { kind: "unseen", reason: "OpenShift's DNS operator loads it" };
}

const onlyForwarded = (wanted: readonly PlacedZone<Zone>[]): readonly PlacedZone<ForwardZone>[] =>
  wanted.flatMap(({ zone, ...each }) => (zone.kind === "forward" ? [{ ...each, zone }] : []));

/**
 * Node caches have the address of the cluster's DNS themselves, and reach it by another Service.
 *
 * @returns undefined where that cannot be had; the draft says why.
 */
async function toUpstream(run: DnsRun): Promise<readonly PlacedZone<ForwardZone>[] | undefined> {
  const { api, namespace, wanted, draft } = run;
  if (wanted.length === 0) return [];
  try {
    const addresses = await clusterIPsOf(api, { namespace, name: UPSTREAM_SERVICE });
    return wanted.map(({ zone: { zone }, ...each }) => ({ ...each, zone: { kind: "forward", zone, addresses } }));
  } catch (error) {
    if (!(error instanceof CloudError) || error.code !== "ZONE_REFUSED") throw error;
    draft.failures.push(failureOf(error, api.cluster));
    return undefined;
  }
}

/** @returns undefined where it was refused; the draft says why. */
async function align<T, Z>(
  { api, stays, namespace, conflictMs, draft }: DnsRun,
  place: Place<T, Z>,
  wanted: readonly PlacedZone<Z>[],
  beforeWrite?: (part: T | undefined) => Promise<void>,
): Promise<Extract<AlignedPlace<T>, { kind: "aligned" }> | undefined> {
  const request = { wanted, stays, namespace, conflictMs, ...(beforeWrite === undefined ? {} : { beforeWrite }) };
  const aligned = await alignPlace(api, place, request);
  if (aligned.kind === "refused") {
    const message = `${formatRef(place.ref)} was left as it is: ${aligned.faults.join("; ")}`;
    draft.failures.push({ code: "DNS_REFUSED", message });
    for (const { cloud, name: zone } of wanted) draft.addZone({ cloud, zone, action: "refused" });
    return undefined;
  }
  for (const outcome of aligned.zones) draft.addZone(outcome);
  for (const { cloud, zone } of aligned.staying) draft.addZone({ cloud, zone, action: "kept" });
  return aligned;
}
