import { afterAll, beforeAll, expect, test } from "vitest";
import { patchZones } from "../../../src/dns/corefile-zones.ts";
import { formatRecord } from "../../../src/dns/record.ts";
import { toldZone } from "../../../src/dns/told-zone.ts";
import { inspectCluster } from "../../../src/inspect/inspect-cluster.ts";
import { readRules } from "../../../src/inspect/roles.ts";
import { connectKubeApi } from "../../../src/kube-api/connect.ts";
import type { KubeApi } from "../../../src/kube-api/kube-api.ts";
import { asHolderOf } from "../../lab/accounts.ts";
import { type Lab, startLab } from "../../lab/clusters.ts";
import { addService } from "../../lab/dns-services.ts";
import { withOneRightLess } from "../../lab/fewer-rights.ts";
import { COREFILE, clusterOf, dnsOf, forward, rewrite } from "./dns-scene.ts";

const shop = rewrite("shop", "shop-prod", "shop-api");
const pay = forward("pay", { kind: "service", namespace: "shop-prod", name: "dns", port: 53 });
const cluster = clusterOf(dnsOf("corefile", true), [shop, pay]);

let lab: Lab<"eu">;
let api: KubeApi;

beforeAll(async () => {
  lab = await startLab([{ name: "eu" }]);
  api = await connectKubeApi({ cluster: "eu", context: "eu", kubeconfig: lab.kubeconfig });
  const { eu } = lab.clusters;
  await addService(eu, "shop-prod", "dns", { clusterIP: "10.0.0.53" });
  await addService(eu, "shop-api", "api");
  await addService(eu, "kube-system", "kube-dns-upstream", { clusterIP: "10.0.0.11" });
  await api.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "lcloud-system" } });
  const wanted = [toldZone(shop), toldZone(pay, ["10.0.0.53"])].flatMap((zone) => zone ?? []);
  const patched = patchZones(COREFILE, { wanted, ours: [] });
  const data = {
    coredns: { Corefile: patched.kind === "patched" ? patched.value : "" },
    "kube-dns": { stubDomains: JSON.stringify({ shop: ["10.0.0.11"], pay: ["10.0.0.11"] }) },
  };
  for (const [name, keys] of Object.entries(data)) {
    await api.apply({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "kube-system" }, data: keys });
  }
  const zones = ["shop", "pay"].flatMap((zone) =>
    (["corefile", "stub-domains"] as const).map((place) => ({ place, zone, cloud: zone, isPut: true })),
  );
  await api.apply(formatRecord({ namespace: "kube-system", zones, corefile: undefined }));
});

afterAll(async () => {
  api?.close();
  await lab?.stop();
});

async function statusAs(holder: KubeApi) {
  const status = await inspectCluster(holder, cluster, { stateDir: "/nowhere", now: new Date() });
  holder.close();
  const zones = status.clouds.flatMap(({ zone }) => zone ?? []);
  const requests = status.requests.kind === "unreadable" ? [status.requests.failure] : [];
  const failures = [...status.failures, ...requests, ...zones.flatMap((zone) => zone.failures)];
  return { states: zones.map(({ state }) => state), failures };
}

test("the role that is printed for readers suffices to see zones", async () => {
  const { states, failures } = await statusAs(await asHolderOf(api, "reader", readRules(cluster)));
  expect({ states, failures }).toEqual({ states: ["in-place", "in-place"], failures: [] });
});

test("whoever has one right less is told so, for each of them", async () => {
  const fewer = withOneRightLess(readRules(cluster));
  expect(fewer.length).toBeGreaterThan(8);
  for (const [index, { lacking, roles, refusal }] of fewer.entries()) {
    const { failures } = await statusAs(await asHolderOf(api, `reader-${index}`, roles));
    const told = failures.map(({ code, message }) => `${code} ${message}`);
    expect(told, lacking).toContainEqual(expect.stringMatching(new RegExp(`^FORBIDDEN .*${refusal.source}`)));
  }
});
