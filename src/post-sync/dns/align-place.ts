import { isDeepStrictEqual } from "node:util";
import type { ZoneChange } from "../../dns/patched.ts";
import type { Place } from "../../dns/places.ts";
import {
  type DnsPlace,
  type DnsRecord,
  type OwnZone,
  type RecordedZone,
  recordedAt,
  withZonesAt,
} from "../../dns/record.ts";
import type { KubeApi } from "../../kube-api/kube-api.ts";
import { DNS_FIELD_MANAGER } from "../../model/labels.ts";
import type { LiveManifest, Manifest } from "../../model/manifest.ts";
import { fetchRecord, updateRecord } from "./record-store.ts";
import { retryConflicts } from "./retry-conflicts.ts";

export interface PlacedZone<Z> {
  readonly cloud: string;
  readonly name: string;
  readonly zone: Z;
}

export interface AlignRequest<T, Z> {
  readonly wanted: readonly PlacedZone<Z>[];
  /** Whether a zone of ours that is not wanted is to stay as it is all the same. */
  readonly stays: (zone: RecordedZone) => boolean | Promise<boolean>;
  /** Of the DNS server's ConfigMaps. */
  readonly namespace: string;
  /** Milliseconds for which others may come in between. */
  readonly conflictMs: number;
  /** Called before the first write. */
  readonly beforeWrite?: (part: T | undefined) => Promise<void>;
}

export type AlignedPlace<T> =
  | {
      readonly kind: "aligned";
      readonly value: T | undefined;
      readonly zones: readonly (ZoneChange & { readonly cloud: string })[];
      /** Names of zones that stay as they are. */
      readonly staying: readonly RecordedZone[];
      readonly remarks: readonly string[];
      readonly isWritten: boolean;
      /** What was read last. */
      readonly live: LiveManifest | undefined;
    }
  | { readonly kind: "refused"; readonly faults: readonly string[] };

/**
 * Make the zones at one place what is wanted, in one write; none where they are.
 *
 * First the record says what we are about to have there, then it is written, then the record says what we have: so it
 * names all that is ours wherever a run ends, and the next one goes on from there. Whoever else writes is never overwritten:
 * what they have made is read, and it is tried again.
 *
 * @throws {@link CloudError} `CONFLICT` where others come in between for too long, and as reading and writing throw.
 */
export async function alignPlace<T, Z>(
  api: KubeApi,
  place: Place<T, Z>,
  request: AlignRequest<T, Z>,
): Promise<AlignedPlace<T>> {
  let isWritten = false;
  return retryConflicts(request.conflictMs, async () => {
    const [live, record] = await Promise.all([api.get(place.ref), fetchRecord(api)]);
    const { ours, staying } = await divide(recordedAt(record, place.name), request);
    if (live === undefined && !place.isOptional) return { kind: "refused", faults: [NOT_THERE] };
    const current = live && place.read(live);
    const wanted = request.wanted.map(({ zone }) => zone);
    const patched = place.patch(current, { wanted, ours: ours.map(({ zone }) => zone) });
    if (patched.kind === "refused") return patched;
    const { value, zones, remarks } = patched;
    if (!isDeepStrictEqual(value, current)) {
      if (live?.["immutable"] === true) return { kind: "refused", faults: [IMMUTABLE] };
      if (!isWritten) await request.beforeWrite?.(current);
      await updateRecord(api, request.conflictMs, (latest) => announce(latest, place, request, current, value));
      await store(api, live, place.write(live, value));
      isWritten = true;
    }
    await updateRecord(api, request.conflictMs, (latest) => settle(latest, place.name, request, ours));
    const cloudOf = new Map([...ours.map((each) => [each.zone, each.cloud] as const), ...namesOf(request)]);
    return {
      kind: "aligned",
      value,
      zones: zones.map((each) => ({ ...each, cloud: cloudOf.get(each.zone) ?? "" })),
      staying,
      remarks,
      isWritten,
      live,
    };
  });
}

const NOT_THERE = "is not there; name the provider that this cluster's DNS has";

const IMMUTABLE = "is immutable, so that nobody can change it; make it anew without immutable";

const namesOf = <T, Z>({ wanted }: AlignRequest<T, Z>): readonly (readonly [string, string])[] =>
  wanted.map(({ name, cloud }) => [name, cloud] as const);

/** Which zones of the record are ours to change. */
async function divide<T, Z>(
  recorded: readonly RecordedZone[],
  { wanted, stays }: AlignRequest<T, Z>,
): Promise<{ readonly ours: readonly RecordedZone[]; readonly staying: readonly RecordedZone[] }> {
  const isWanted = new Set(wanted.map(({ name }) => name));
  const judged = await Promise.all(
    recorded.map(async (zone) => ({ zone, stays: !isWanted.has(zone.zone) && (await stays(zone)) })),
  );
  return {
    ours: judged.filter((each) => !each.stays).map(({ zone }) => zone),
    staying: judged.filter((each) => each.stays).map(({ zone }) => zone),
  };
}

/** A superset of what is there before and after the write. */
function announce<T, Z>(
  record: DnsRecord,
  { name: place, remember }: Place<T, Z>,
  { wanted, namespace }: AlignRequest<T, Z>,
  before: T | undefined,
  after: T | undefined,
): DnsRecord {
  const recorded = recordedAt(record, place);
  const known = new Set(recorded.map(({ zone }) => zone));
  const added = wanted.filter(({ name }) => !known.has(name));
  const pending = added.map(({ name: zone, cloud }) => ({ place, zone, cloud, isPut: false }));
  return {
    ...withZonesAt(record, place, [...recorded, ...pending]),
    namespace,
    ...(remember === undefined ? {} : { corefile: { ...remember(before, after), zones: recorded.map(ownZone) } }),
  };
}

const ownZone = ({ zone, cloud }: RecordedZone): OwnZone => ({ zone, cloud });

/** What is there after the write. What others have announced meanwhile stays. */
function settle<T, Z>(
  record: DnsRecord,
  place: DnsPlace,
  { wanted }: AlignRequest<T, Z>,
  ours: readonly RecordedZone[],
): DnsRecord {
  const done = new Set([...ours.map(({ zone }) => zone), ...wanted.map(({ name }) => name)]);
  const put = wanted.map(({ name: zone, cloud }) => ({ place, zone, cloud, isPut: true }));
  return withZonesAt(record, place, [...recordedAt(record, place).filter(({ zone }) => !done.has(zone)), ...put]);
}

async function store(api: KubeApi, live: LiveManifest | undefined, manifest: Manifest): Promise<void> {
  if (live === undefined) await api.create(manifest, { manager: DNS_FIELD_MANAGER });
  else await api.replace({ ...manifest, metadata: live.metadata }, { manager: DNS_FIELD_MANAGER });
}
