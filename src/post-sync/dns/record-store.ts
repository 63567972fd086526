import { DNS_RECORD, type DnsRecord, EMPTY_RECORD, formatRecord, readRecord } from "../../dns/record.ts";
import type { KubeApi } from "../../kube-api/kube-api.ts";
import { CloudError } from "../../model/error.ts";
import { DNS_FIELD_MANAGER, SYSTEM_NAMESPACE } from "../../model/labels.ts";
import type { LiveManifest, Manifest } from "../../model/manifest.ts";
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
 * @throws {@link CloudError} `NOT_DELIVERED` where there is no place for it yet.
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
      await create(api, manifest);
    } else if (!isSame(live["data"], manifest["data"])) {
      await api.replace({ ...live, data: manifest["data"] }, { manager: DNS_FIELD_MANAGER });
    }
  });
}

async function create(api: KubeApi, manifest: Manifest): Promise<void> {
  try {
    await api.create(manifest, { manager: DNS_FIELD_MANAGER });
  } catch (error) {
    if (!(error instanceof CloudError) || error.code !== "NOT_FOUND") throw error;
    const what = `Namespace/${SYSTEM_NAMESPACE} is not there, so nothing was delivered yet; run lcloud sync first`;
    throw new CloudError("NOT_DELIVERED", `${api.cluster}: ${what}`);
  }
}

const readLive = ({ cluster }: KubeApi, live: LiveManifest | undefined): DnsRecord =>
  live === undefined ? EMPTY_RECORD : readRecord(live, cluster);
