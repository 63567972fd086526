import type { ClusterDns } from "../../dns/cluster-dns.ts";
import type { RecordedZone } from "../../dns/record.ts";
import type { Zone } from "../../dns/zone.ts";
import type { KubeApi } from "../../kube-api/kube-api.ts";
import type { PlacedZone } from "./align-place.ts";
import type { ReportDraft } from "./report-draft.ts";

/** How long post-sync has for the DNS of a cluster, and whom it tells. */
export interface DnsTimes {
  /** Milliseconds until every replica must have loaded a change. */
  readonly loadMs: number;
  /** Milliseconds for which others may come in between. */
  readonly conflictMs: number;
  readonly tell: (step: string) => void;
}

/** What the steps of one run on one cluster share. */
export interface DnsRun extends DnsTimes {
  readonly api: KubeApi;
  /** Undefined where dist/ no longer says who may change the cluster's DNS. */
  readonly dns: ClusterDns | undefined;
  /** Of the DNS server's ConfigMaps. */
  readonly namespace: string;
  readonly wanted: readonly PlacedZone<Zone>[];
  /** Whether a zone of ours that is not wanted is to stay as it is all the same. */
  readonly stays: (zone: RecordedZone) => boolean | Promise<boolean>;
  readonly draft: ReportDraft;
}
