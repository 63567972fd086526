import { addonValue } from "../../dns/eks-addon.ts";
import type { KubeApi } from "../../kube-api/kube-api.ts";
import { type Failure, failureOf } from "../../model/change.ts";
import type { DnsConfiguration, ShownPart } from "../../model/dns-configuration.ts";
import { CloudError } from "../../model/error.ts";
import type { RenderedCluster } from "../../rendered/rendered-cluster.ts";
import type { DnsPart } from "./dns-part.ts";
import { type LiveDns, readDns } from "./read-dns.ts";
import { zonedClouds } from "./zoned-clouds.ts";

/** Compute how a cluster's DNS configuration is with the zones of all its clouds in place. Nothing is changed. */
export async function showDns(api: KubeApi, { file, clouds }: RenderedCluster): Promise<DnsConfiguration> {
  const { cluster } = api;
  const { dns } = file;
  if (dns === undefined) return { cluster, parts: [], failures: [] };
  const { provider } = dns;
  try {
    const live = await readDns(api, dns, zonedClouds(clouds));
    const parts = live.parts.flatMap(shownOf);
    const corefile = provider === "eks-addon" ? parts.find(({ key }) => key === "Corefile")?.wanted : undefined;
    return {
      ...{ cluster, provider, parts },
      ...(corefile === undefined ? {} : { addonValue: addonValue(corefile) }),
      failures: failuresOf(live),
    };
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    return { cluster, provider, parts: [], failures: [failureOf(error, cluster)] };
  }
}

const shownOf = ({ ref, key, live, wanted }: DnsPart): readonly ShownPart[] =>
  wanted === undefined ? [] : [{ ref, key, ...(live === undefined ? {} : { live }), wanted }];

function failuresOf({ parts, failures }: LiveDns): readonly Failure[] {
  const refused = parts.flatMap(({ zones, wanted }) =>
    wanted !== undefined ? [] : [...zones.values()].flatMap(({ remarks }) => remarks),
  );
  const all = [
    ...failures.values(),
    ...parts.flatMap(({ failure }) => failure ?? []),
    ...[...new Set(refused)].map((message): Failure => ({ code: "DNS_REFUSED", message })),
  ];
  // one thing can be wrong for several zones
  return [...new Map(all.map((failure) => [failure.message, failure])).values()];
}
