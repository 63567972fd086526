import { afterAll, beforeAll, expect, test } from "vitest";
import { type Lab, startLab } from "./clusters.ts";
import { type CoreDns, startCoreDns } from "./coredns.ts";
import { parseMetrics } from "./coredns-replica.ts";
import { defaultCorefile } from "./default-corefiles.ts";
import { startDnsLoad } from "./dns-load.ts";
import { addService } from "./dns-services.ts";
import { get } from "./https-get.ts";
import { waitFor } from "./wait.ts";

const WEB = "web.shop-prod.svc.cluster.local";
const DB = "db.shop-prod.svc.cluster.local";

let lab: Lab<"eu">;
let dns: CoreDns;
let corefile: string;

beforeAll(async () => {
  lab = await startLab([{ name: "eu" }]);
  corefile = await defaultCorefile("kubeadm");
  dns = await startCoreDns(lab.clusters.eu, { corefile, replicas: 2 });
  await addService(lab.clusters.eu, "shop-prod", "web", { clusterIP: "10.0.0.12" });
  await addService(lab.clusters.eu, "shop-prod", "db", {
    headless: true,
    ports: { sql: 5432 },
    endpoints: [{ address: "10.244.1.1", hostname: "db-0" }, { address: "10.244.1.2" }],
  });
  await waitFor("Services are known", async () => {
    const known = await Promise.all([0, 1].map((replica) => dns.query(DB, "A", { replica })));
    return known.every(({ answers }) => answers.length === 2) || undefined;
  });
});

afterAll(async () => {
  await dns?.stop();
  await lab?.stop();
});

test("a Service answers with its address and ports, and its address with its name", async () => {
  const service = await dns.query(WEB, "A");
  expect(service).toMatchObject({ rcode: "NOERROR", authoritative: true, truncated: false });
  expect(service.answers).toEqual([{ name: `${WEB}.`, type: "A", ttl: 30, content: "10.0.0.12" }]);
  const ports = await dns.query(`_http._tcp.${WEB}`, "SRV");
  expect(ports.answers).toMatchObject([{ type: "SRV", content: `0 100 80 ${WEB}.` }]);
  expect(ports.additional).toMatchObject([{ name: `${WEB}.`, type: "A", content: "10.0.0.12" }]);
  const reverse = await dns.query("12.0.0.10.in-addr.arpa", "PTR");
  expect(reverse.answers).toMatchObject([{ type: "PTR", content: `${WEB}.` }]);
});

test("a headless Service answers with its endpoints, which have names", async () => {
  const { answers } = await dns.query(DB, "A");
  expect(answers.map(({ content }) => content).sort()).toEqual(["10.244.1.1", "10.244.1.2"]);
  const endpoint = await dns.query(`db-0.${DB}`, "A");
  expect(endpoint.answers).toMatchObject([{ content: "10.244.1.1" }]);
});

test("a name that is not there has the zone's SOA", async () => {
  const missing = await dns.query("nobody.shop-prod.svc.cluster.local", "A");
  expect(missing).toMatchObject({ rcode: "NXDOMAIN", answers: [] });
  expect(missing.authority).toMatchObject([{ name: "cluster.local.", type: "SOA" }]);
});

test("an answer that is too long for UDP is whole over TCP and EDNS", async () => {
  const endpoints = Array.from({ length: 60 }, (_, number) => ({ address: `10.244.2.${number + 1}` }));
  await addService(lab.clusters.eu, "shop-prod", "many", { headless: true, endpoints });
  const many = "many.shop-prod.svc.cluster.local";
  const whole = await waitFor("the endpoints are known", async () => {
    const answer = await dns.query(many, "A", { tcp: true });
    return answer.answers.length === 60 ? answer : undefined;
  });
  expect(whole.truncated).toBe(false);
  expect((await dns.query(many, "A")).truncated).toBe(true);
  expect((await dns.query(many, "A", { udpSize: 4096 })).answers).toHaveLength(60);
});

test("metrics of each pod come through the API server", async () => {
  for (const replica of dns.replicas) {
    const path = `/api/v1/namespaces/kube-system/pods/${replica.name}:9153/proxy/metrics`;
    const answer = await get(lab.clusters.eu.admin, path);
    expect(answer?.status).toBe(200);
    const start = parseMetrics(answer?.body ?? "").find(({ name }) => name === "process_start_time_seconds");
    const direct = (await replica.metrics()).find(({ name }) => name === "process_start_time_seconds");
    expect(start?.value).toBe(direct?.value);
  }
  const starts = await Promise.all(dns.replicas.map((replica) => replica.metrics()));
  const [first, second] = starts.map((samples) => samples.find(({ name }) => name === "process_start_time_seconds"));
  expect(first?.value).not.toBe(second?.value);
});

test("a port on which no pod listens is no success", async () => {
  const path = "/api/v1/namespaces/kube-system/pods/coredns-0:9999/proxy/metrics";
  expect((await get(lab.clusters.eu.admin, path))?.status).toBeGreaterThanOrEqual(500);
});

test("a change of the ConfigMap is loaded by every replica, without a lost answer", async () => {
  expect((await dns.query("web.shop", "A")).rcode).toBe("NXDOMAIN");
  expect(dns.forwarded).toContain("web.shop.");
  const forwarded = dns.forwarded.length;
  const load = await startDnsLoad(dns, WEB, "A", 500);
  await dns.writeCorefile(corefile + zoneBlock("shop"));
  await dns.loaded("shop.", "forward");
  for (const replica of [0, 1]) {
    const { answers } = await dns.query("web.shop", "A", { replica });
    expect(answers).toMatchObject([{ name: "web.shop.", content: "10.0.0.12" }]);
  }
  expect(dns.forwarded.slice(forwarded)).not.toContain("web.shop.");
  await dns.writeCorefile(corefile);
  await dns.unloaded("shop.");
  const { sent, answered, lost } = await load.stop();
  expect({ answered, lost }).toEqual({ answered: { NOERROR: sent }, lost: 0 });
});

test("a broken Corefile leaves the last good one in service", async () => {
  await dns.writeCorefile(corefile + zoneBlock("kept"));
  await dns.loaded("kept.");
  await dns.writeCorefile(`${corefile + zoneBlock("kept")}broken:53 {\n    no_such_plugin\n}\n`);
  await waitFor(
    () => `a refusal\n${dns.logTail()}`,
    () => dns.replicas.every((replica) => replica.logTail().includes("no_such_plugin")) || undefined,
  );
  expect((await dns.query("web.kept", "A")).answers).toMatchObject([{ content: "10.0.0.12" }]);
  await dns.writeCorefile(corefile);
  await dns.unloaded("kept.");
});

/** Names of a zone are those of a namespace, which the same server knows. */
const zoneBlock = (zone: string): string => `${zone}:53 {
    errors
    prometheus :9153
    rewrite stop name suffix .${zone}. .shop-prod.svc.cluster.local. answer auto
    forward svc.cluster.local. 127.0.0.1 {
        max_concurrent 1000
        max_fails 0
    }
}
`;
