import { liveZoneStates, writerOf } from "../../dns/live-zones.ts";
import type { Patched } from "../../dns/patched.ts";
import type { Place } from "../../dns/places.ts";
import { type DnsRecord, recordedAt } from "../../dns/record.ts";
import type { KubeApi } from "../../kube-api/kube-api.ts";
import { type Failure, failureOf } from "../../model/change.ts";
import { CloudError, concernsCluster } from "../../model/error.ts";
import type { LiveManifest } from "../../model/manifest.ts";
import { formatRef, type Ref } from "../../model/ref.ts";
import type { ZoneState } from "../../model/status.ts";

/** A part of a cluster's DNS configuration that holds zones of clouds. */
export interface DnsPart {
  readonly ref: Ref;
  /** Of a ConfigMap, or the field. */
  readonly key: string;
  /** The text as it is; absent where there is none. */
  readonly live?: string;
  /** The text with all zones in place; absent where it cannot be made, or is none. */
  readonly wanted?: string;
  readonly zones: ReadonlyMap<string, PartOfZone>;
  /** Why it could not be read. */
  readonly failure?: Failure;
}

/** How a zone stands in one part. */
export interface PartOfZone {
  readonly state: ZoneState;
  readonly remarks: readonly string[];
}

/** How a part of that kind is read, and told as text. */
export interface PartKind<T, Z> {
  readonly place: Place<T, Z>;
  readonly key: string;
  readonly format: (part: T) => string;
}

/** A zone as it is to be in a part. */
export interface WantedZone<Z> {
  readonly name: string;
  readonly zone: Z;
}

/** @throws {@link CloudError} that concerns the whole cluster. */
export async function readPart<T, Z>(
  api: KubeApi,
  { place, key, format }: PartKind<T, Z>,
  wanted: readonly WantedZone<Z>[],
  record: DnsRecord,
): Promise<DnsPart> {
  const { ref } = place;
  const live = await readObject(api, ref);
  if (live instanceof CloudError) return unreadPart(ref, key, wanted, live, api.cluster);
  if (live === undefined && !place.isOptional) {
    return { ref, key, zones: allUnknown(wanted, [`${formatRef(ref)} is not there; name another provider of DNS`]) };
  }
  const current = live && place.read(live);
  const recorded = recordedAt(record, place.name);
  const ours = recorded.map(({ zone }) => zone);
  const patch = (zones: readonly WantedZone<Z>[]): Patched<T | undefined> =>
    place.patch(current, { wanted: zones.map(({ zone }) => zone), ours });
  const patched = patch(wanted);
  const standings = wanted.map((each) => {
    // where they cannot be put together, each is told apart: what is wrong may be with another one
    const judged = patched.kind === "patched" ? patched : patch([each]);
    return [each.name, standingOf(ref, judged, liveZoneStates([each.name], judged, recorded).get(each.name))] as const;
  });
  const value = patched.kind === "patched" ? patched.value : undefined;
  const zones = new Map(standings.map(([name, zone]) => [name, withWriter(zone, ref, live, key)] as const));
  return {
    ...{ ref, key, zones },
    ...(current === undefined ? {} : { live: format(current) }),
    ...(value === undefined ? {} : { wanted: format(value) }),
  };
}

function standingOf(ref: Ref, judged: Patched<unknown>, state: ZoneState = "unknown"): PartOfZone {
  if (judged.kind === "patched") return { state, remarks: [] };
  return { state, remarks: judged.faults.map((fault) => `${formatRef(ref)}: ${fault}`) };
}

/** @returns The error where it could not be read, which is no reason to read nothing else. */
export async function readObject(api: KubeApi, ref: Ref): Promise<LiveManifest | CloudError | undefined> {
  try {
    return await api.get(ref);
  } catch (error) {
    if (error instanceof CloudError && !concernsCluster(error)) return error;
    throw error;
  }
}

export const unreadPart = (
  ref: Ref,
  key: string,
  wanted: readonly { readonly name: string }[],
  error: CloudError,
  cluster: string,
): DnsPart => ({ ref, key, zones: allUnknown(wanted, []), failure: failureOf(error, cluster) });

export const allUnknown = (
  wanted: readonly { readonly name: string }[],
  remarks: readonly string[],
): ReadonlyMap<string, PartOfZone> => new Map(wanted.map(({ name }) => [name, { state: "unknown", remarks }]));

/** With who has written what is not as it is wanted. */
export function withWriter(zone: PartOfZone, ref: Ref, live: LiveManifest | undefined, key: string): PartOfZone {
  if (live === undefined || (zone.state !== "changed" && zone.state !== "overwritten")) return zone;
  const writer = writerOf(live, key);
  if (writer === undefined) return zone;
  return { ...zone, remarks: [...zone.remarks, `${formatRef(ref)} was written last by ${writer}`] };
}
