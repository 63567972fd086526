import type { CloudZone } from "../../dns/cluster-dns.ts";
import { findShadow, hiddenRemark, shadowRemark } from "../../dns/shadows.ts";
import type { Zone } from "../../dns/zone.ts";
import type { KubeApi } from "../../kube-api/kube-api.ts";
import { mapConcurrently } from "../../kube-api/map-concurrently.ts";
import { type Failure, failureOf } from "../../model/change.ts";
import { CloudError, concernsCluster } from "../../model/error.ts";
import type { RenderedCloud } from "../../rendered/rendered-cluster.ts";
import type { PlacedZone } from "./align-place.ts";
import { findHiddenNamespaces, listNamespaces } from "./find-shadows.ts";
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
  const namespaces = await listNamespaces(api);
  const verdicts = await mapConcurrently(told, CONCURRENCY, ({ name, zone }) =>
    judge(api, name, zone, findShadow(zone, namespaces), isThere(zone.zone)),
  );
  return {
    wanted: verdicts.flatMap(({ wanted }) => wanted ?? []),
    refused: verdicts.flatMap(({ wanted, cloud, zone }) => (wanted === undefined ? [{ cloud, zone }] : [])),
    failures: verdicts.flatMap(({ failure }) => failure ?? []),
    remarks: verdicts.flatMap(({ remarks }) => remarks),
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
  shadow: string | undefined,
  isThere: boolean,
): Promise<Verdict> {
  const { zone } = cloudZone;
  const verdict = { cloud, zone };
  const hides = shadow === undefined ? [] : [shadowRemark(cloud, zone, shadow)];
  if (shadow !== undefined && !isThere) {
    const message = `${hides.join()}; give the cloud another zone, or that namespace another name`;
    return { ...verdict, failure: { code: "ZONE_REFUSED", message }, remarks: [] };
  }
  try {
    const told = await resolveZone(api, cloudZone);
    const hidden = await findHiddenNamespaces(api, cloudZone);
    return {
      ...verdict,
      ...(told === undefined ? {} : { wanted: { cloud, name: zone, zone: told } }),
      remarks: [...hides, ...hidden.map((name) => hiddenRemark(cloudZone, name))],
    };
  } catch (error) {
    if (!(error instanceof CloudError) || concernsCluster(error)) throw error;
    return { ...verdict, failure: failureOf(error, api.cluster), remarks: [] };
  }
}
