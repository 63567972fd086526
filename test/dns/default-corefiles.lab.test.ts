import { afterAll, beforeAll, expect, test } from "vitest";
import { patchCorefile } from "../../src/dns/corefile/patch.ts";
import { customConfigMap } from "../../src/dns/custom-config-map.ts";
import type { Zone } from "../../src/dns/zone.ts";
import { connectKubeApi } from "../../src/kube-api/connect.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { type CoreDns, startCoreDns } from "../lab/coredns.ts";
import { defaultCorefile, INSTALLATIONS } from "../lab/default-corefiles.ts";
import { addService } from "../lab/dns-services.ts";
import { waitFor } from "../lab/wait.ts";
import { dnsOf, zoneOf } from "../post-sync/dns/dns-scene.ts";

const ADDRESS = "10.0.0.12";
const SHOP: Zone = { kind: "rewrite", zone: "shop", namespaces: ["shop-prod"], clusterDomain: "cluster.local" };

/** Those that import from coredns-custom, and the port of their pods. */
const CUSTOMIZABLE = new Map([
  ["k3s", 53],
  ["aks", 53],
  ["gardener", 8053],
]);

let lab: Lab<"eu">;
let api: KubeApi;

beforeAll(async () => {
  lab = await startLab([{ name: "eu" }]);
  api = await connectKubeApi({ cluster: "eu", kubeconfig: lab.kubeconfig, context: "eu" });
  await addService(lab.clusters.eu, "shop-prod", "web", { clusterIP: ADDRESS });
});

afterAll(async () => {
  api?.close();
  await lab?.stop();
});

/** @throws Error where it is refused. */
function patch(corefile: string, zones: readonly Zone[]): string {
  const result = patchCorefile({ corefile, zones, ours: ["shop"] });
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return result.patch.corefile;
}

/** Names of the zone and others are right, and others are what they were. */
async function expectAnswers(dns: CoreDns, zone: "zone" | "no zone"): Promise<void> {
  const own = await dns.query("web.shop-prod.svc.cluster.local", "A");
  expect(own.answers).toMatchObject([{ content: ADDRESS }]);
  const { rcode, answers } = await dns.query("web.shop", "A");
  expect([rcode, answers.map(({ content }) => content)]).toEqual(
    zone === "zone" ? ["NOERROR", [ADDRESS]] : ["NXDOMAIN", []],
  );
}

test.for(INSTALLATIONS)("a new cluster's Corefile of %s answers a zone, and is as before without it", async (each) => {
  const [distribution, options] = each;
  const corefile = await defaultCorefile(distribution);
  await using dns = await startCoreDns(lab.clusters.eu, { ...options, corefile });
  await expectAnswers(dns, "no zone");
  const patched = patch(corefile, [SHOP]);
  await dns.writeCorefile(patched);
  await dns.loaded("shop.", "forward");
  await expectAnswers(dns, "zone");
  const removed = patch(patched, []);
  expect(removed).toBe(corefile);
  await dns.writeCorefile(removed);
  await dns.unloaded("shop.");
  await expectAnswers(dns, "no zone");
});

test.for(INSTALLATIONS.filter(([distribution]) => CUSTOMIZABLE.has(distribution)))(
  "coredns-custom of %s answers a zone beside others' keys, and no longer without it",
  async (each) => {
    const [distribution, options] = each;
    const settings = dnsOf("coredns-custom", { port: CUSTOMIZABLE.get(distribution) ?? 53 });
    const corefile = await defaultCorefile(distribution);
    const custom = { ...options.custom, "theirs.server": "# theirs\n" };
    await using dns = await startCoreDns(lab.clusters.eu, { ...options, corefile, custom });
    await api.apply(customConfigMap(settings, [zoneOf("shop")], {}));
    await dns.loaded("shop.", "forward");
    // from a pod, and not from CoreDNS itself
    expect((await dns.query("web.shop", "A")).answers).toMatchObject([{ content: ADDRESS }]);
    await api.apply(customConfigMap(settings, [], {}));
    await dns.unloaded("shop.");
    const live = await waitFor("the ConfigMap", () =>
      api.get({ apiVersion: "v1", kind: "ConfigMap", namespace: "kube-system", name: "coredns-custom" }),
    );
    expect(live["data"]).toEqual(custom);
  },
);
