import { ZONE_GUARD } from "../../dns/admission-policy.ts";
import type { CloudZone } from "../../dns/cluster-dns.ts";
import { canHide, findShadow, hiddenNamespaces, hiddenRemark, shadowRemark } from "../../dns/shadows.ts";
import type { KubeApi } from "../../kube-api/kube-api.ts";
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
  const namespaces = zoned.length === 0 ? new Set<string>() : await namesOf(api, { kind: "Namespace" });
  const isUnguarded = ZONE_GUARD.some((guard) => shared.missing.some((ref) => refKey(ref) === refKey(guard)));
  const zones = await Promise.all(
    zoned.map(async (cloud) => {
      const seen = await lookAround(api, cloud, namespaces);
      const guard = isUnguarded && cloud.zone.mode !== "native" ? [UNGUARDED] : [];
      return [cloud.name, statusOf(cloud.zone, live, { ...seen, remarks: [...seen.remarks, ...guard] })] as const;
    }),
  );
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

async function lookAround(
  api: KubeApi,
  { name: cloud, zone }: ZonedCloud,
  namespaces: ReadonlySet<string> | CloudError,
): Promise<Surroundings> {
  const [namespace = ""] = zone.namespaces;
  const services = canHide(zone) ? await namesOf(api, { kind: "Service", namespace }) : new Set<string>();
  const errors = [namespaces, services].filter((each) => each instanceof CloudError);
  const shadow = namespaces instanceof CloudError ? undefined : findShadow(zone, namespaces);
  const hidden = services instanceof CloudError ? [] : hiddenNamespaces(zone, [...services]);
  return {
    remarks: [
      ...(shadow === undefined ? [] : [shadowRemark(cloud, zone.zone, shadow)]),
      ...hidden.map((name) => hiddenRemark(zone, name)),
    ],
    failures: errors.map((error) => failureOf(error, api.cluster)),
  };
}

/** Names of all objects of a core kind; the error where they may not be listed. */
async function namesOf(
  api: KubeApi,
  { kind, namespace }: { readonly kind: string; readonly namespace?: string },
): Promise<ReadonlySet<string> | CloudError> {
  try {
    const found = await api.list({ apiVersion: "v1", kind }, namespace === undefined ? {} : { namespace });
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
