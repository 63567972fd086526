import { readFileSync } from "node:fs";
import { patchCorefile } from "../../../src/dns/corefile/patch.ts";
import type { Zone } from "../../../src/dns/zone.ts";

const KUBEADM = readFileSync(new URL("../../fixtures/corefiles/kubeadm.corefile", import.meta.url), "utf8");

/** kubeadm's Corefile, with as many blocks of somebody else after it as make so many lines. */
export function corefileOf(lines: number): string {
  const parts = [KUBEADM];
  let count = KUBEADM.split("\n").length - 1;
  for (let number = 0; count < lines; number += 1) {
    const block = `# team ${number}\nteam${number}.example.org:53 {\n    errors\n    cache 30\n    forward . 192.0.2.${number % 250} 192.0.2.253 {\n        max_concurrent 1000\n    }\n}\n\n`;
    parts.push(block);
    count += block.split("\n").length - 1;
  }
  return parts.join("");
}

/** Zones of clouds with two namespaces each. */
export const zonesOf = (count: number): readonly Zone[] =>
  Array.from(
    { length: count },
    (_, number): Zone => ({
      kind: "rewrite",
      zone: `tenant-${number}`,
      namespaces: [`tenant-${number}-web`, `tenant-${number}-api`],
      clusterDomain: "cluster.local",
    }),
  );

/** @throws Error where it is refused, which no measurement is to take for speed. */
export function patch(corefile: string, zones: readonly Zone[], ours: readonly Zone[] = []): string {
  const result = patchCorefile({ corefile, zones, ours: ours.map(({ zone }) => zone) });
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return result.patch.corefile;
}
