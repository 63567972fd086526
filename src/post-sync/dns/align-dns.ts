import type { DnsRecord, RecordedZone } from "../../dns/record.ts";
import { zoneConfigMap } from "../../dns/zone-manifest.ts";
import type { KubeApi } from "../../kube-api/kube-api.ts";
import { failureOf } from "../../model/change.ts";
import { CloudError } from "../../model/error.ts";
import { SYSTEM_NAMESPACE } from "../../model/labels.ts";
import type { RenderedCluster } from "../../rendered/rendered-cluster.ts";
import { checkCluster } from "../check-cluster.ts";
import { alignCorefile, alignServers, alignStubDomains } from "./align-places.ts";
import { compareAddon } from "./compare-addon.ts";
import { alignCustom, dropCustomKeys } from "./custom-keys.ts";
import { decideZones } from "./decide-zones.ts";
import type { DnsReport } from "./dns-report.ts";
import type { DnsRun, DnsTimes } from "./dns-run.ts";
import { fetchRecord } from "./record-store.ts";
import { ReportDraft } from "./report-draft.ts";
import { revertDns } from "./revert-dns.ts";

export interface DnsOptions extends DnsTimes {
  /**
   * - `zones`: what dist/ says
   * - `revert`: what was before our last write
   */
  readonly goal: "zones" | "revert";
  /** Whether what dist/ says of a cloud is delivered; of one that is gone from dist/, whether its removal is. */
  readonly isDelivered: (cloud: string) => boolean;
}

/**
 * Make the DNS of a cluster answer the zones of its clouds, wherever its configuration lies, in one write, and wait until
 * it is loaded. Zones of clouds that are not delivered stay as they are; those of clouds that are gone are taken out.
 *
 * It never throws a {@link CloudError}: what fails is told in the report.
 *
 * @param cluster - With all its clouds.
 * @returns undefined where there is nothing to be done: no cloud has a zone, and none had one.
 */
export async function alignDns(
  api: KubeApi,
  cluster: RenderedCluster,
  options: DnsOptions,
): Promise<DnsReport | undefined> {
  const draft = new ReportDraft();
  try {
    const record = await recordOf(api, cluster);
    if (record === undefined) return undefined;
    await checkCluster(api, "dns");
    if (options.goal === "zones") await alignZones(api, cluster, options, record, draft);
    else await revertDns(runOf(api, cluster, options, record, draft));
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    draft.failures.push(failureOf(error, api.cluster));
  }
  return draft.toReport(api.cluster);
}

/** @returns undefined where there is nothing to be done. */
async function recordOf(api: KubeApi, { clouds, file }: RenderedCluster): Promise<DnsRecord | undefined> {
  const hasZones = clouds.some(({ zone }) => zone !== undefined && zone.mode !== "native");
  try {
    const record = await fetchRecord(api);
    // what sync has put into coredns-custom is in no record
    const mayHaveHad = record.zones.length > 0 || file.dns?.provider === "coredns-custom";
    return hasZones || mayHaveHad ? record : undefined;
  } catch (error) {
    // whoever has no zones needs no rights for them
    if (!hasZones && error instanceof CloudError && error.code === "FORBIDDEN") return undefined;
    throw error;
  }
}

const runOf = (
  api: KubeApi,
  { file: { dns } }: RenderedCluster,
  { loadMs, conflictMs, tell }: DnsOptions,
  { namespace }: DnsRecord,
  draft: ReportDraft,
): DnsRun => ({
  ...{ api, dns, loadMs, conflictMs, tell, draft },
  namespace: dns?.namespace ?? namespace ?? "kube-system",
  wanted: [],
  stays: () => false,
});

async function alignZones(
  api: KubeApi,
  cluster: RenderedCluster,
  options: DnsOptions,
  record: DnsRecord,
  draft: ReportDraft,
): Promise<void> {
  const { clouds, file } = cluster;
  const { dns } = file;
  const recorded = new Set(record.zones.map(({ zone }) => zone));
  const isElsewhere = dns?.provider === "coredns-custom" || dns?.provider === "eks-addon";
  const delivered = clouds.filter(({ name }) => options.isDelivered(name));
  const decision = await decideZones(api, delivered, (zone) => isElsewhere || recorded.has(zone));
  draft.failures.push(...decision.failures);
  draft.remarks.push(...decision.remarks);
  for (const refused of decision.refused) draft.addZone({ ...refused, action: "refused" });
  const refused = new Set(decision.refused.map(({ zone }) => zone));
  const isGoneAlready = goneClouds(api, cluster, options, draft);
  const run: DnsRun = {
    ...runOf(api, cluster, options, record, draft),
    wanted: decision.wanted,
    stays: async (zone) => refused.has(zone.zone) || !(await isGoneAlready(zone)),
  };
  const has = (place: RecordedZone["place"]): boolean => record.zones.some((zone) => zone.place === place);
  if (dns?.provider !== "coredns-custom" && has("coredns-custom")) await dropCustomKeys(run);
  if (dns?.provider === "corefile" || has("corefile")) await alignCorefile(run);
  if (dns?.provider === "kube-dns" || dns?.nodeLocalCache || has("stub-domains")) await alignStubDomains(run);
  if (dns?.provider === "openshift" || has("servers")) await alignServers(run);
  if (dns?.provider === "coredns-custom") await alignCustom(run, dns, cluster);
  if (dns?.provider === "eks-addon") await compareAddon(run, dns);
}

/**
 * Says whether a zone that is not wanted may be taken out: not while its cloud is not delivered as dist/ says, or is still
 * there although it is gone from dist/.
 */
function goneClouds(
  api: KubeApi,
  { clouds }: RenderedCluster,
  { isDelivered }: DnsOptions,
  draft: ReportDraft,
): (zone: RecordedZone) => Promise<boolean> {
  const rendered = new Set(clouds.map(({ name }) => name));
  return async ({ cloud, zone }) => {
    if (!isDelivered(cloud)) return false;
    if (rendered.has(cloud)) return true;
    const ref = { apiVersion: "v1", kind: "ConfigMap", namespace: SYSTEM_NAMESPACE, name: zoneConfigMap(cloud) };
    if ((await api.get(ref)) === undefined) return true;
    draft.remarks.push(`zone ${zone} stays: its cloud ${cloud} is gone from dist/, and not from the cluster`);
    return false;
  };
}
