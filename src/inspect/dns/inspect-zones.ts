import { ZONE_GUARD } from "../../dns/admission-policy.ts";
import type { CloudZone } from "../../dns/cluster-dns.ts";
import { findPointers, POINTER_KINDS, POINTER_REMEDY, pointerRemark } from "../../dns/pointers.ts";
import { findShadow, hiddenNamespaces, hiddenRemark, shadowRemark } from "../../dns/shadows.ts";
import type { KubeApi } from "../../kube-api/kube-api.ts";
import { listVisible, type Visible } from "../../kube-api/list-visible.ts";
import { type Failure, failureOf } from "../../model/change.ts";
import { CloudError, concernsCluster } from "../../model/error.ts";
import { refKey } from "../../model/ref.ts";
import type { LeftoverZone, ObjectsStatus, ZoneState, ZoneStatus } from "../../model/status.ts";
import type { RenderedCluster } from "../../rendered/rendered-cluster.ts";
import type { DnsPart } from "./dns-part.ts";
import { type LiveDns, readDns } from "./read-dns.ts";
import { type ZonedCloud, zonedClouds } from "./zoned-clouds.ts";

/** How zones stand on a cluster. */
export interface ZonesStatus {
  /** By cloud. */
  readonly zones: ReadonlyMap<string, ZoneStatus>;
  readonly leftover: readonly LeftoverZone[];
}

/**
 * Look how the zones of clouds stand in a cluster's DNS configuration, and what hides their names. What cannot be read is
 * told with the zone.
 *
 * @param shared - How the objects are that clouds share: the policy that guards zones is one.
 * @throws {@link CloudError} that concerns the whole cluster.
 */
export async function inspectZones(
  api: KubeApi,
  { file: { dns }, clouds }: RenderedCluster,
  shared: ObjectsStatus,
): Promise<ZonesStatus> {
  if (dns === undefined) return { zones: new Map(), leftover: [] };
  const zoned = zonedClouds(clouds);
  const live = await readDns(api, dns, zoned);
  const names = await readNames(api, zoned);
  const isUnguarded = ZONE_GUARD.some((guard) => shared.missing.some((ref) => refKey(ref) === refKey(guard)));
  const zones = zoned.map((cloud) => {
    const seen = lookAround(api.cluster, cloud, names);
    const guard = isUnguarded && cloud.zone.mode !== "native" ? [UNGUARDED] : [];
    return [cloud.name, statusOf(cloud.zone, live, { ...seen, remarks: [...seen.remarks, ...guard] })] as const;
  });
  return { zones: new Map(zones), leftover: leftoverOf(live, zoned) };
}

/** What is around a zone that its configuration does not show. */
interface Surroundings {
  readonly remarks: readonly string[];
  readonly failures: readonly Failure[];
}

const UNGUARDED = "the policy is missing that keeps Services from pointing into zones; run lcloud sync";

/** From the worst on, of which the whole is not better than its parts. */
const STATES: readonly ZoneState[] = ["unknown", "overwritten", "changed", "missing", "in-place"];

function statusOf({ zone, mode }: CloudZone, { parts, failures }: LiveDns, seen: Surroundings): ZoneStatus {
  const own = parts.filter(({ zones }) => zones.has(zone));
  const standings = own.flatMap(({ zones }) => zones.get(zone) ?? []);
  const unread = failures.get(zone);
  const isKnown = mode === "native" || (standings.length > 0 && unread === undefined);
  const state = isKnown ? STATES.find((each) => standings.some((standing) => standing.state === each)) : "unknown";
  return {
    ...{ zone, mode },
    state: state ?? "in-place",
    remarks: [...standings.flatMap(({ remarks }) => remarks), ...seen.remarks],
    failures: [...(unread === undefined ? [] : [unread]), ...own.flatMap(failureOfPart), ...seen.failures],
  };
}

const failureOfPart = ({ failure }: DnsPart): readonly Failure[] => (failure === undefined ? [] : [failure]);

/** What there is in a cluster that has to do with names of zones. */
interface LiveNames {
  readonly namespaces: ReadonlySet<string> | CloudError;
  /** Services, and EndpointSlices. */
  readonly pointers: readonly Visible[];
}

async function readNames(api: KubeApi, clouds: readonly ZonedCloud[]): Promise<LiveNames> {
  const configured = clouds.filter(({ zone }) => zone.mode !== "native");
  const own = [...new Set(configured.flatMap(({ zone }) => zone.namespaces))].sort();
  const kinds = configured.length === 0 ? [] : POINTER_KINDS;
  const [namespaces, ...pointers] = await Promise.all([
    clouds.length === 0 ? new Set<string>() : namesOfNamespaces(api),
    ...kinds.map((kind) => listVisible(api, kind, own)),
  ]);
  return { namespaces, pointers };
}

function lookAround(cluster: string, { name: cloud, zone }: ZonedCloud, names: LiveNames): Surroundings {
  const { namespaces, pointers } = names;
  const isConfigured = zone.mode !== "native";
  const objects = pointers.flatMap((seen) => seen.objects);
  const services = objects.filter(
    ({ kind, metadata }) => kind === "Service" && metadata.namespace === zone.namespaces[0],
  );
  const serviceNames = services.map(({ metadata }) => metadata.name);
  const shadow = namespaces instanceof CloudError ? undefined : findShadow(zone, namespaces);
  const pointing = findPointers(zone, objects);
  const unseen = isConfigured ? pointers.flatMap(({ limit }) => limit?.error ?? []) : [];
  const errors = [...(namespaces instanceof CloudError ? [namespaces] : []), ...unseen];
  return {
    remarks: [
      ...(shadow === undefined ? [] : [shadowRemark(cloud, zone.zone, shadow)]),
      ...(pointing.length === 0 ? [] : [`${pointerRemark(cloud, zone.zone, pointing)}; ${POINTER_REMEDY}`]),
      ...hiddenNamespaces(zone, serviceNames).map((name) => hiddenRemark(zone, name)),
    ],
    failures: errors.map((error) => failureOf(error, cluster)),
  };
}

/** @returns The error where they may not be listed. */
async function namesOfNamespaces(api: KubeApi): Promise<ReadonlySet<string> | CloudError> {
  try {
    const found = await api.list({ apiVersion: "v1", kind: "Namespace" });
    return new Set(found.map(({ metadata }) => metadata.name));
  } catch (error) {
    if (error instanceof CloudError && !concernsCluster(error)) return error;
    throw error;
  }
}

function leftoverOf({ record }: LiveDns, clouds: readonly ZonedCloud[]): readonly LeftoverZone[] {
  const wanted = new Set(clouds.filter(({ zone }) => zone.mode !== "native").map(({ zone }) => zone.zone));
  const left = record.zones.filter(({ zone }) => !wanted.has(zone)).map(({ zone, cloud }) => [zone, cloud] as const);
  return [...new Map(left)].map(([zone, cloud]) => ({ zone, cloud }));
}
