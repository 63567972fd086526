import { afterAll, beforeAll, expect, test } from "vitest";
import { stubDomainsRef } from "../../../src/dns/places.ts";
import { DNS_RECORD } from "../../../src/dns/record.ts";
import type { KubeApi } from "../../../src/kube-api/kube-api.ts";
import type { Manifest } from "../../../src/model/manifest.ts";
import { alignDns } from "../../../src/post-sync/dns/align-dns.ts";
import type { DnsReport } from "../../../src/post-sync/dns/dns-report.ts";
import { dnsRules } from "../../../src/post-sync/dns/roles.ts";
import { connectTo } from "../../delivery/lab-cluster.ts";
import { asHolderOf } from "../../lab/accounts.ts";
import { type Lab, startLab } from "../../lab/clusters.ts";
import { type CoreDns, startCoreDns } from "../../lab/coredns.ts";
import { addService } from "../../lab/dns-services.ts";
import { withOneRightLess } from "../../lab/fewer-rights.ts";
import { actionsOf, DNS_OPTIONS, dnsOf, KUBEADM, namespaceOf, renderedWith, toService, zoneOf } from "./dns-scene.ts";

let lab: Lab<"east">;
let dns: CoreDns;
let api: KubeApi;

beforeAll(async () => {
  lab = await startLab([{ name: "east" }]);
  dns = await startCoreDns(lab.clusters.east, { corefile: KUBEADM });
  api = await connectTo(lab, "east");
  await api.apply(namespaceOf("lcloud-system"));
  await addService(lab.clusters.east, "kube-system", "kube-dns-upstream", { clusterIP: "10.0.0.9" });
  await addService(lab.clusters.east, "dns", "ns", { clusterIP: "10.0.0.12" });
  await addService(lab.clusters.east, "shop-prod", "web");
});

afterAll(async () => {
  api?.close();
  await dns?.stop();
  await lab?.stop();
});

const nested = zoneOf("shop", { namespaces: ["shop-prod", "shop-test"] });
const FLEET = renderedWith({ bank: toService("pay"), shop: nested }, dnsOf("corefile", { nodeLocalCache: true }));
const NONE = renderedWith({ bank: undefined, shop: undefined }, FLEET.file.dns);

/** Zones put in and taken out by somebody with these roles and no other rights, in a cluster that has none. */
async function run(name: string, roles: readonly Manifest[], loadMs: number): Promise<readonly DnsReport[]> {
  const holder = await asHolderOf(api, name, roles);
  const reports: DnsReport[] = [];
  for (const fleet of [FLEET, NONE]) {
    const report = await alignDns(holder, fleet, { ...DNS_OPTIONS, loadMs });
    if (report !== undefined) reports.push(report);
  }
  holder.close();
  // whatever that one could not take out
  await alignDns(api, NONE, DNS_OPTIONS);
  for (const ref of [DNS_RECORD, stubDomainsRef("kube-system")]) {
    const live = await api.get(ref);
    if (live !== undefined) await api.delete(ref, { uid: live.metadata.uid });
  }
  return reports;
}

test("zones take nothing but their role", async () => {
  const reports = await run("dana", dnsRules(FLEET), 60_000);
  expect(reports).toMatchObject([
    { failures: [], loaded: { kind: "loaded", replicas: 1 } },
    { failures: [], loaded: { kind: "loaded", replicas: 1 } },
  ]);
  expect(reports.map(actionsOf)).toEqual([
    ["pay added", "shop added"],
    ["pay removed", "shop removed"],
  ]);
});

test("with one right less, what that is for is forbidden, or what is not seen is told", async () => {
  const fewer = withOneRightLess(dnsRules(FLEET));
  expect(fewer.length).toBeGreaterThan(12);
  for (const [index, { lacking, roles, refusal }] of fewer.entries()) {
    const reports = await run(`dana-${index}`, roles, 0);
    const forbidden = reports.flatMap(({ failures }) => failures.filter(({ code }) => code === "FORBIDDEN"));
    if (lacking.includes("pods")) {
      expect(forbidden, lacking).toEqual([]);
      expect(reports[0]?.loaded, lacking).toMatchObject({ kind: "unseen" });
    } else if (/list (?:services|endpointslices)/.test(lacking)) {
      expect(forbidden, lacking).toEqual([]);
      expect(reports[0]?.remarks, lacking).toContainEqual(expect.stringContaining("may be listed nowhere"));
    } else {
      expect(forbidden, lacking).not.toEqual([]);
      for (const { message } of forbidden) {
        expect(message, lacking).toMatch(new RegExp(`${refusal.source}|may not be read`));
      }
    }
  }
});
