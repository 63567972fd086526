import type { CloudZone } from "../../dns/cluster-dns.ts";
import { findPointers, POINTER_REMEDY, pointerRemark } from "../../dns/pointers.ts";
import { findShadow, hiddenNamespaces, hiddenRemark, shadowRemark } from "../../dns/shadows.ts";
import type { Zone } from "../../dns/zone.ts";
import type { KubeApi } from "../../kube-api/kube-api.ts";
import { mapConcurrently } from "../../kube-api/map-concurrently.ts";
import { type Failure, failureOf } from "../../model/change.ts";
import { CloudError, concernsCluster } from "../../model/error.ts";
import type { LiveManifest } from "../../model/manifest.ts";
import type { RenderedCloud } from "../../rendered/rendered-cluster.ts";
import type { PlacedZone } from "./align-place.ts";
import { type LiveNames, readNames } from "./find-names.ts";
import { resolveZone } from "./resolve-zone.ts";

/** Zones of one cluster whose Services are looked up at once. */
const CONCURRENCY = 8;

/** Which zones a cluster's DNS is to have. */
export interface Decision {
  readonly wanted: readonly PlacedZone<Zone>[];
  /** Clouds whose zones are not put there, and stay as they are where they are there. */
  readonly refused: readonly { readonly cloud: string; readonly zone: string }[];
  readonly failures: readonly Failure[];
  readonly remarks: readonly string[];
}

/**
 * Judge the zones of clouds by what there is in the cluster, which tenants may have made since dist/ was rendered.
 *
 * @param clouds - Those whose zones may be put.
 * @param isThere - Whether we have put a zone before: then it is told what it hides, and stays.
 * @throws {@link CloudError} that concerns the cluster.
 */
export async function decideZones(
  api: KubeApi,
  clouds: readonly RenderedCloud[],
  isThere: (zone: string) => boolean,
): Promise<Decision> {
  const told = clouds.flatMap(({ name, zone }) =>
    zone === undefined || zone.mode === "native" ? [] : [{ name, zone }],
  );
  if (told.length === 0) return { wanted: [], refused: [], failures: [], remarks: [] };
  const names = await readNames(
    api,
    told.map(({ zone }) => zone),
  );
  const verdicts = await mapConcurrently(told, CONCURRENCY, ({ name, zone }) =>
    judge(api, name, zone, names, isThere(zone.zone)),
  );
  return {
    wanted: verdicts.flatMap(({ wanted }) => wanted ?? []),
    refused: verdicts.flatMap(({ wanted, cloud, zone }) => (wanted === undefined ? [{ cloud, zone }] : [])),
    failures: verdicts.flatMap(({ failure }) => failure ?? []),
    remarks: [...verdicts.flatMap(({ remarks }) => remarks), ...names.remarks],
  };
}

interface Verdict {
  readonly cloud: string;
  readonly zone: string;
  readonly wanted?: PlacedZone<Zone>;
  readonly failure?: Failure;
  readonly remarks: readonly string[];
}

async function judge(
  api: KubeApi,
  cloud: string,
  cloudZone: CloudZone,
  names: LiveNames,
  isThere: boolean,
): Promise<Verdict> {
  const verdict = { cloud, zone: cloudZone.zone };
  const dangers = dangersOf(cloud, cloudZone, names);
  if (dangers.length > 0 && !isThere) {
    const message = dangers.map(({ what, remedy }) => `${what}; ${remedy}`).join("; ");
    return { ...verdict, failure: { code: "ZONE_REFUSED", message }, remarks: [] };
  }
  try {
    const told = await resolveZone(api, cloudZone);
    const hidden = hiddenNamespaces(cloudZone, servicesIn(cloudZone, names));
    return {
      ...verdict,
      ...(told === undefined ? {} : { wanted: { cloud, name: cloudZone.zone, zone: told } }),
      remarks: [...dangers.map(({ what }) => what), ...hidden.map((name) => hiddenRemark(cloudZone, name))],
    };
  } catch (error) {
    if (!(error instanceof CloudError) || concernsCluster(error)) throw error;
    return { ...verdict, failure: failureOf(error, api.cluster), remarks: [] };
  }
}

/** What keeps a new zone out. */
interface Danger {
  readonly what: string;
  readonly remedy: string;
}

function dangersOf(cloud: string, zone: CloudZone, { namespaces, objects }: LiveNames): readonly Danger[] {
  const shadow = findShadow(zone, namespaces);
  const pointers = findPointers(zone, objects);
  const rename = "give the cloud another zone, or that namespace another name";
  return [
    ...(shadow === undefined ? [] : [{ what: shadowRemark(cloud, zone.zone, shadow), remedy: rename }]),
    ...(pointers.length === 0 ? [] : [{ what: pointerRemark(cloud, zone.zone, pointers), remedy: POINTER_REMEDY }]),
  ];
}

/** Names of the Services in the first namespace of a zone. */
const servicesIn = ({ namespaces: [first] }: CloudZone, { objects }: LiveNames): readonly string[] =>
  objects.filter(({ kind, metadata }) => kind === "Service" && metadata.namespace === first).map(nameOf);

const nameOf = ({ metadata }: LiveManifest): string => metadata.name;
