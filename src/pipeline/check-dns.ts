import { checkZones } from "../inspect/dns/check-zones.ts";
import { type ZonedCloud, zonedClouds } from "../inspect/dns/zoned-clouds.ts";
import { countOf } from "../model/count.ts";
import { invalid } from "../model/error.ts";
import type { ClusterZoneCheck, ZoneCheck } from "../model/zone-check.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import { type ClusterOptions, eachCluster } from "./clusters.ts";

export interface DnsCheckOptions extends ClusterOptions {
  /** Names of clouds; all where there is none. */
  readonly clouds: readonly string[];
  /** Milliseconds for one answer. */
  readonly timeoutMs: number;
}

export interface DnsCheckReport {
  /** Those that have zones of the clouds that were asked for. */
  readonly clusters: readonly ClusterZoneCheck[];
}

/**
 * Ask the DNS of each cluster for the names of its clouds' zones.
 *
 * @throws {@link CloudError} `INVALID` for a cloud that has no zone on these clusters.
 */
export async function checkDns(
  clusters: readonly RenderedCluster[],
  options: DnsCheckOptions,
): Promise<DnsCheckReport> {
  const zoned = clusters.filter((cluster) => askedClouds(cluster, options).length > 0);
  const known = zoned.flatMap((cluster) => askedClouds(cluster, options).map(({ name }) => name));
  const faults = options.clouds
    .filter((name) => !known.includes(name))
    .map((path) => ({ path, message: "has no zone on any of these clusters; give the cloud dns, or ask for another" }));
  if (faults.length > 0) throw invalid(faults, "nothing was asked");
  const checks = await eachCluster(zoned, options, {
    name: "dns check",
    work: async (api, cluster, tell): Promise<ClusterZoneCheck> => {
      const { dns } = cluster.file;
      // a zone without it is refused where dist/ is read
      if (dns === undefined) return { cluster: api.cluster, zones: [], failures: [] };
      return checkZones(api, dns, askedClouds(cluster, options), { timeoutMs: options.timeoutMs, tell });
    },
    unconnected: (cluster, failure) => ({ cluster: cluster.file.name, zones: [], failures: [failure] }),
    summarize: (check) => ({ failed: check.failures.length > 0, text: formatCheck(check) }),
  });
  return { clusters: checks };
}

const askedClouds = (
  { clouds }: RenderedCluster,
  { clouds: only }: Pick<DnsCheckOptions, "clouds">,
): readonly ZonedCloud[] => zonedClouds(clouds).filter(({ name }) => only.length === 0 || only.includes(name));

/** As in `3 zones as they should be`. */
function formatCheck({ zones, failures }: ClusterZoneCheck): string {
  if (failures.length > 0) return failures.map(({ code }) => code).join("; ");
  const wrong = zones.filter((zone) => !isRight(zone)).length;
  return wrong === 0
    ? `${countOf(zones.length, "zone")} right`
    : `${wrong} of ${countOf(zones.length, "zone")} not right`;
}

const isRight = ({ names, failures }: ZoneCheck): boolean =>
  failures.length === 0 && names.every((name) => name.isRight);
