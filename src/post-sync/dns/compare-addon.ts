import type { ClusterDns } from "../../dns/cluster-dns.ts";
import { corefilePlace } from "../../dns/places.ts";
import { formatRef } from "../../model/ref.ts";
import type { DnsRun } from "./dns-run.ts";
import { seeLoaded } from "./see-loaded.ts";

/** See whether the Corefile of EKS' add-on has the zones: its configuration lies outside the cluster, so it is not written. */
export async function compareAddon(run: DnsRun, dns: ClusterDns): Promise<void> {
  const { api, wanted, draft } = run;
  const { ref, read, patch } = corefilePlace(dns.namespace);
  const live = await api.get(ref);
  const corefile = live && read(live);
  const names = wanted.map(({ name }) => name);
  const patched = patch(corefile, { wanted: wanted.map(({ zone }) => zone), ours: names });
  if (patched.kind === "refused") {
    draft.failures.push({ code: "DNS_REFUSED", message: `${formatRef(ref)} ${patched.faults.join("; ")}` });
    return;
  }
  const inPlace = new Set(patched.zones.filter(({ action }) => action === "kept").map(({ zone }) => zone));
  for (const { cloud, name: zone } of wanted)
    draft.addZone({ cloud, zone, action: inPlace.has(zone) ? "kept" : "missing" });
  const missing = names.filter((name) => !inPlace.has(name));
  if (missing.length > 0) {
    const how = `lcloud dns show --cluster ${api.cluster} prints the configuration of the add-on that has them`;
    draft.remarks.push(`${formatRef(ref)} does not have ${missing.join(", ")}; ${how}`);
  }
  await seeLoaded(run, corefile ?? "", { present: [...inPlace], absent: [], isChanged: false }, { unwritten: [live] });
}
