import { afterAll, beforeAll, expect, test } from "vitest";
import type { CloudZone } from "../../../src/dns/cluster-dns.ts";
import { patchCorefile } from "../../../src/dns/corefile/patch.ts";
import { toldZone } from "../../../src/dns/told-zone.ts";
import { checkRules } from "../../../src/inspect/roles.ts";
import { connectKubeApi } from "../../../src/kube-api/connect.ts";
import type { KubeApi } from "../../../src/kube-api/kube-api.ts";
import { asHolderOf } from "../../lab/accounts.ts";
import { type Lab, startLab } from "../../lab/clusters.ts";
import { type CoreDns, startCoreDns } from "../../lab/coredns.ts";
import { defaultCorefile } from "../../lab/default-corefiles.ts";
import { addService } from "../../lab/dns-services.ts";
import { withOneRightLess } from "../../lab/fewer-rights.ts";
import { startKubelet } from "../../lab/kubelet.ts";
import { waitFor } from "../../lab/wait.ts";
import { checkZone, clusterOf, dnsOf, rewrite } from "./dns-scene.ts";

const shop = rewrite("shop", "shop-prod", "shop-api");

let lab: Lab<"eu">;
let server: CoreDns;
let api: KubeApi;
let endKubelet: () => Promise<void>;

async function corefileWith(...zones: readonly CloudZone[]): Promise<string> {
  const corefile = await defaultCorefile("kubeadm");
  const result = patchCorefile({ corefile, zones: zones.flatMap((zone) => toldZone(zone) ?? []), ours: [] });
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return result.patch.corefile;
}

beforeAll(async () => {
  lab = await startLab([{ name: "eu" }]);
  const { eu } = lab.clusters;
  server = await startCoreDns(eu, { corefile: await corefileWith(shop) });
  endKubelet = await startKubelet(eu, server.pods);
  await addService(eu, "shop-prod", "web", { clusterIP: "10.0.0.80", ports: { http: 80, admin: 8080 } });
  await addService(eu, "shop-prod", "db", {
    headless: true,
    ports: { sql: 5432 },
    endpoints: [{ address: "10.244.1.1", hostname: "db-0" }, { address: "10.244.1.2" }],
  });
  await addService(eu, "shop-prod", "idle", { headless: true });
  await addService(eu, "shop-prod", "far", { externalName: "example.com" });
  await addService(eu, "shop-api", "api", { clusterIP: "10.0.0.81" });
  await waitFor("Services are known", async () => {
    const answers = await Promise.all(
      ["db.shop-prod", "api.shop-api"].map((name) => server.query(`${name}.svc.cluster.local`, "A")),
    );
    return answers.map((answer) => answer.answers.length).join() === "2,1" || undefined;
  });
  api = await connectKubeApi({ cluster: "eu", context: "eu", kubeconfig: lab.kubeconfig });
});

afterAll(async () => {
  api?.close();
  await endKubelet?.();
  await server?.stop();
  await lab?.stop();
});

async function statesOf(zone: CloudZone): Promise<Readonly<Record<string, string>>> {
  const { zones, failures } = await checkZone(api, zone);
  expect(failures).toEqual([]);
  return Object.fromEntries(
    zones.flatMap(({ names }) => names.map(({ name, answer, state }) => [name, `${state}: ${answer.join()}`])),
  );
}

test("every name of a zone that is in place is right, of Services with and without address", async () => {
  const { pod, zones } = await checkZone(api, shop);
  expect(pod).toBe("coredns-0");
  const names = zones.flatMap((zone) => zone.names);
  expect(names.filter(({ isRight }) => !isRight)).toEqual([]);
  expect(Object.fromEntries(names.map(({ name, answer, state }) => [name, `${state}: ${answer.join()}`]))).toEqual({
    "api.shop-api.shop": "ok: 10.0.0.81",
    "_http._tcp.api.shop-api.shop": "ok: 80",
    "db.shop": "ok: 10.244.1.1,10.244.1.2",
    "db.shop-prod.shop": "ok: 10.244.1.1,10.244.1.2",
    "_sql._tcp.db.shop": "ok: 5432",
    "idle.shop": "empty: ",
    "idle.shop-prod.shop": "empty: ",
    "_http._tcp.idle.shop": "empty: ",
    "web.shop": "ok: 10.0.0.80",
    "web.shop-prod.shop": "ok: 10.0.0.80",
    "_http._tcp.web.shop": "ok: 80",
    "_admin._tcp.web.shop": "ok: 8080",
    "lcloud-no-such-service.shop": "ok: ",
  });
});

test("a zone that is not in place has none of its names, whatever the Services are", async () => {
  const states = await statesOf({ ...shop, zone: "store", services: ["shop-prod/web"] });
  // what is no zone goes to the node's own server, which the lab has over UDP alone
  expect(states["web.store"]).toMatch(/^(?:NXDOMAIN|SERVFAIL): $/);
});

test("a name that leads to another Service than its own is told", async () => {
  // the second namespace comes first: "web.shop" is asked for in it, and answered from the other one
  const turned = { ...shop, namespaces: ["shop-api", "shop-prod"], services: ["shop-api/web"] };
  expect(await statesOf(turned)).toMatchObject({ "web.shop": "differs: 10.0.0.80" });
});

test("a native zone is asked for under the Services' own names", async () => {
  expect(await statesOf({ ...shop, zone: "shop-api", mode: "native", namespaces: ["shop-api"] })).toEqual({
    "api.shop-api.svc.cluster.local": "ok: 10.0.0.81",
    "lcloud-no-such-service.shop-api.svc.cluster.local": "ok: ",
  });
});

test("a port on which no DNS server listens is a failure of the cluster", async () => {
  const { failures, zones } = await checkZone(api, shop, { dns: { ...dnsOf("corefile"), port: 5353 } });
  expect(zones).toEqual([]);
  expect(failures).toMatchObject([{ code: "API_ERROR", message: expect.stringContaining("port 5353") }]);
});

const roles = checkRules(clusterOf(dnsOf("corefile"), [shop]));

test("the role that is printed for it suffices", async () => {
  const holder = await asHolderOf(api, "checker", roles);
  const { failures, zones } = await checkZone(holder, shop);
  expect([...failures, ...zones.flatMap((zone) => zone.failures)]).toEqual([]);
  holder.close();
});

const fewer = withOneRightLess(roles).map((each, index) => ({ ...each, index }));

test.each(fewer)("it does not suffice without $lacking", async ({ index, roles: left, refusal }) => {
  const holder = await asHolderOf(api, `checker-${index}`, left);
  const { failures, zones } = await checkZone(holder, shop);
  const [failure] = [...failures, ...zones.flatMap((zone) => zone.failures)];
  expect(failure?.code).toBe("FORBIDDEN");
  // of the create that a WebSocket takes, the API server gives no reason
  expect(failure?.message).toMatch(new RegExp(`${refusal.source}|coredns-0" is forbidden: ;`));
  holder.close();
});
