import { DNS_RECORD, type DnsRecord, EMPTY_RECORD, formatRecord, readRecord } from "../../dns/record.ts";
import type { KubeApi } from "../../kube-api/kube-api.ts";
import { DNS_FIELD_MANAGER } from "../../model/labels.ts";
import type { LiveManifest } from "../../model/manifest.ts";
import { isSame } from "../../model/same-value.ts";
import { retryConflicts } from "./retry-conflicts.ts";

/** @throws {@link CloudError} `API_ERROR` for a record that this version cannot read. */
export async function fetchRecord(api: KubeApi): Promise<DnsRecord> {
  return readLive(api, await api.get(DNS_RECORD));
}

/**
 * Change the record of a cluster, whoever else does. It is not written where it says the same already.
 *
 * @param change - Of the record as it is at that moment; called again after a conflict.
 */
export async function updateRecord(
  api: KubeApi,
  timeoutMs: number,
  change: (record: DnsRecord) => DnsRecord,
): Promise<void> {
  await retryConflicts(timeoutMs, async () => {
    const live = await api.get(DNS_RECORD);
    const manifest = formatRecord(change(readLive(api, live)));
    if (live === undefined) {
      await api.create(manifest, { manager: DNS_FIELD_MANAGER });
    } else if (!isSame(live["data"], manifest["data"])) {
      await api.replace({ ...live, data: manifest["data"] }, { manager: DNS_FIELD_MANAGER });
    }
  });
}

const readLive = ({ cluster }: KubeApi, live: LiveManifest | undefined): DnsRecord =>
  live === undefined ? EMPTY_RECORD : readRecord(live, cluster);
