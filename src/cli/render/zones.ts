import type { PostSyncReport } from "../../pipeline.ts";
import { formatFailure } from "./changes.ts";
import { printable } from "./style.ts";
import { formatTable } from "./table.ts";

type DnsReports = PostSyncReport["dns"];
type Loaded = DnsReports[number]["loaded"];

/** The zones of clouds, by cluster. */
export function formatZones(dns: DnsReports): string {
  const rows = dns.flatMap(({ cluster, zones, loaded }) =>
    zones.map(({ zone, cloud, action }) => [cluster, zone, cloud, action, formatLoaded(loaded)]),
  );
  return formatTable(["CLUSTER", "ZONE", "CLOUD", "ACTION", "LOADED BY"], rows);
}

/** A line for each failure. */
export const failuresOfDns = (dns: DnsReports): readonly string[] =>
  dns.flatMap(({ cluster, failures }) => failures.map((failure) => formatFailure(failure, cluster)));

/** A line for each remark. Where nothing was written, nobody waits to see it loaded. */
export const notesOfDns = (dns: DnsReports): readonly string[] =>
  dns.flatMap(({ cluster, zones, loaded, remarks }) => {
    const isWritten = zones.some(({ action }) => ["added", "changed", "removed"].includes(action));
    const unseen =
      loaded.kind === "unseen" && isWritten
        ? [`written, and whether the DNS server has loaded it is not known: ${loaded.reason}`]
        : [];
    return [...remarks, ...unseen].map((remark) => `${cluster}: ${printable(remark)}`);
  });

/** As in `2 of 2`; empty where nobody knows. */
function formatLoaded(loaded: Loaded): string {
  if (loaded.kind === "loaded") return `${loaded.replicas} of ${loaded.replicas}`;
  return loaded.kind === "waiting" ? `${loaded.loaded} of ${loaded.replicas}` : "";
}
