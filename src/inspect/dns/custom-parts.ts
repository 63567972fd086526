import type { ClusterDns } from "../../dns/cluster-dns.ts";
import { customKey, customRef, filesOf } from "../../dns/custom-config-map.ts";
import { judgeCustom } from "../../dns/custom-corefile.ts";
import { serverBlock } from "../../dns/fragments.ts";
import { corefileRef } from "../../dns/places.ts";
import type { Zone } from "../../dns/zone.ts";
import type { KubeApi } from "../../kube-api/kube-api.ts";
import { CloudError } from "../../model/error.ts";
import type { LiveManifest } from "../../model/manifest.ts";
import { formatRef } from "../../model/ref.ts";
import type { ZoneState } from "../../model/status.ts";
import { type DnsPart, readObject, unreadPart, type WantedZone, withWriter } from "./dns-part.ts";

/** The keys of ConfigMap `coredns-custom` that hold zones: a part for each. */
export async function readCustomParts(
  api: KubeApi,
  dns: ClusterDns,
  wanted: readonly WantedZone<Zone>[],
): Promise<readonly DnsPart[]> {
  const [main, live] = await Promise.all([
    readObject(api, corefileRef(dns.namespace)),
    readObject(api, customRef(dns)),
  ]);
  const ref = customRef(dns);
  const error = [main, live].find((each) => each instanceof CloudError);
  const texts = live instanceof CloudError ? {} : filesOf(live);
  return wanted.map((each): DnsPart => {
    const { name, zone } = each;
    const key = customKey(name);
    if (error !== undefined) return unreadPart(ref, key, [each], error, api.cluster);
    const text = texts[key];
    const block = serverBlock(dns, zone);
    const faults = faultsOf(dns, main, { ...texts, [key]: block }, zone);
    const standing = { state: stateOf(text, block, faults), remarks: faults };
    const zones = new Map([[name, withWriter(standing, ref, live instanceof CloudError ? undefined : live, key)]]);
    return { ref, key, ...(text === undefined ? {} : { live: text }), wanted: block, zones };
  });
}

function stateOf(text: string | undefined, block: string, faults: readonly string[]): ZoneState {
  if (text === undefined) return "missing";
  if (faults.length > 0) return "unknown";
  return text === block ? "in-place" : "changed";
}

/** What keeps CoreDNS from answering, although the key is there. */
function faultsOf(
  dns: ClusterDns,
  main: LiveManifest | CloudError | undefined,
  texts: Readonly<Record<string, string>>,
  zone: Zone,
): readonly string[] {
  if (main instanceof CloudError) return [];
  const ref = formatRef(corefileRef(dns.namespace));
  const corefile = filesOf(main)["Corefile"];
  if (corefile === undefined) return [`${ref} is not there, or has no Corefile; name another provider of DNS`];
  return judgeCustom(corefile, texts, [zone]).faults.map((fault) => `${ref}: ${fault}`);
}
