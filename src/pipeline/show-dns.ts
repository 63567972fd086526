import { showDns } from "../inspect/dns/show-dns.ts";
import { countOf } from "../model/count.ts";
import type { DnsConfiguration } from "../model/dns-configuration.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import { type ClusterOptions, eachCluster } from "./clusters.ts";

export interface DnsShowReport {
  readonly clusters: readonly DnsConfiguration[];
}

/** What the DNS of each cluster is to be told, of those where somebody named who provides it. */
export async function showEachDns(
  clusters: readonly RenderedCluster[],
  options: ClusterOptions,
): Promise<DnsShowReport> {
  const named = clusters.filter(({ file }) => file.dns !== undefined);
  const configurations = await eachCluster(named, options, {
    name: "dns show",
    work: (api, cluster) => showDns(api, cluster),
    unconnected: (cluster, failure): DnsConfiguration => ({
      ...{ cluster: cluster.file.name, parts: [], failures: [failure] },
    }),
    summarize: ({ parts, failures }) => ({
      failed: failures.length > 0,
      text: failures.length > 0 ? failures.map(({ code }) => code).join("; ") : countOf(parts.length, "part"),
    }),
  });
  return { clusters: configurations };
}
