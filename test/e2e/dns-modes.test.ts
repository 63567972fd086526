import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { applyManifests } from "../lab/api.ts";
import { labBinary } from "../lab/binaries.ts";
import { type CoreDns, startCoreDns } from "../lab/coredns.ts";
import { CoreDnsReplica } from "../lab/coredns-replica.ts";
import { defaultCorefile } from "../lab/default-corefiles.ts";
import { startDnsLoad } from "../lab/dns-load.ts";
import type { DnsAnswer, DnsType } from "../lab/dns-message.ts";
import { addService } from "../lab/dns-services.ts";
import { startKubelet } from "../lab/kubelet.ts";
import { waitFor } from "../lab/wait.ts";
import { outputOf } from "./run.ts";
import { type SmallFleet, startSmallFleet } from "./small-fleet.ts";

const CLOUDS = {
  single: `namespaces: ["single-prod"], dns: { services: ["web", "db"] }`,
  several: `namespaces: ["several-web", "several-api"], dns: { zone: "names.several" }`,
  fixed: `namespaces: ["fixed-prod"], dns: { mode: "forward", to: ["192.0.2.53"] }`,
  served: `namespaces: ["served-prod"], dns: { mode: "forward", to: { service: "dns" } }`,
  plain: `namespaces: ["plain"], dns: { mode: "native" }`,
};

const mainFile = (clouds: Readonly<Record<string, string>>): string => `
import { defineFleet, FleetApp, LogicalCloud } from "logical-clouds";
const fleet = defineFleet({ clusters: {
  main: { kubernetes: "1.37", identity: "x509", requesters: [], dns: { provider: "corefile" } },
} });
const app = new FleetApp({ fleet });
${Object.entries(clouds)
  .map(([name, props]) => `new LogicalCloud(app, "${name}", { permissions: {}, users: {}, ${props} });`)
  .join("\n")}
app.synth();
`;

const ADDRESSES = { single: "10.0.0.2", web: "10.0.0.3", api: "10.0.0.4", plain: "10.0.0.5", dns: "10.0.0.6" };

/** Names of other people, of which nothing changes: a Service, its address, a missing one, the outside, which has no TCP. */
const OTHERS = [
  ["kubernetes.default.svc.cluster.local", "A", true],
  ["_https._tcp.kubernetes.default.svc.cluster.local", "SRV", true],
  ["1.0.0.10.in-addr.arpa", "PTR", true],
  ["nobody.default.svc.cluster.local", "A", true],
  ["kubernetes.default.svc.cluster.local", "A", false],
  ["nobody.default.svc.cluster.local", "A", false],
  ["web.single.example.com", "A", false],
  ["example.com", "AAAA", false],
] as const;

/** Each name of a Service in a zone of mode rewrite, and its own. */
const REWRITTEN = [
  { name: "web.single", own: "web.single-prod", address: ADDRESSES.single },
  { name: "web.single-prod.single", own: "web.single-prod", address: ADDRESSES.single },
  { name: "web.names.several", own: "web.several-web", address: ADDRESSES.web },
  { name: "web.several-web.names.several", own: "web.several-web", address: ADDRESSES.web },
  { name: "api.several-api.names.several", own: "api.several-api", address: ADDRESSES.api },
];

const TRANSPORTS = [
  { transport: "UDP", tcp: false },
  { transport: "TCP", tcp: true },
];

let started: AsyncDisposableStack;
let fleet: SmallFleet;
let dns: CoreDns;
let before: readonly object[];

/** The DNS server of clouds that bring their own. */
async function startCloudServer(): Promise<CoreDnsReplica> {
  const zones = { fixed: "203.0.113.1", served: "203.0.113.2" };
  const blocks = Object.keys(zones).map((zone) => `${zone}:53 {\n    file /etc/coredns/${zone}.zone\n}\n`);
  const records = Object.entries(zones).map(([zone, address]): readonly [string, string] => [
    `${zone}.zone`,
    `$ORIGIN ${zone}.\n@ 60 IN SOA ns hostmaster 1 60 60 60 60\nweb 60 IN A ${address}\nweb 60 IN AAAA 2001:db8::9\n`,
  ]);
  const spec = { name: "cloud-dns", command: await labBinary("coredns"), kubeconfig: "", upstream: "", dnsPort: 53 };
  return CoreDnsReplica.start(spec, new Map([["Corefile", blocks.join("")], ...records]));
}

async function addServices(): Promise<void> {
  const { cluster } = fleet;
  await addService(cluster, "single-prod", "web", { clusterIP: ADDRESSES.single });
  await addService(cluster, "single-prod", "db", {
    headless: true,
    ports: { sql: 5432 },
    endpoints: [{ address: "10.244.1.1", hostname: "db-0" }, { address: "10.244.1.2" }],
  });
  await addService(cluster, "single-prod", "six", { headless: true });
  await applyManifests(cluster, [sliceOfSix]);
  await addService(cluster, "several-web", "web", { clusterIP: ADDRESSES.web });
  await addService(cluster, "several-api", "api", { clusterIP: ADDRESSES.api });
  await addService(cluster, "plain", "web", { clusterIP: ADDRESSES.plain });
  await addService(cluster, "served-prod", "dns", { clusterIP: ADDRESSES.dns, ports: { dns: 53 } });
}

const sliceOfSix = {
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: { name: "six-lab-6", namespace: "single-prod", labels: { "kubernetes.io/service-name": "six" } },
  addressType: "IPv6",
  ports: [{ name: "http", port: 80, protocol: "TCP" }],
  endpoints: [{ addresses: ["2001:db8::6"], conditions: { ready: true } }],
};

/** What does not differ from one time to the next. */
async function othersAnswers(): Promise<readonly object[]> {
  const answers = await Promise.all(OTHERS.map(([name, type, tcp]) => dns.query(name, type, { tcp })));
  const lasting = (records: DnsAnswer["answers"]) => records.map(({ name, type, content }) => [name, type, content]);
  return answers.map(({ rcode, answers, additional }) => [rcode, lasting(answers), lasting(additional)]);
}

async function deliver(clouds: Readonly<Record<string, string>>, ...flags: readonly string[]): Promise<void> {
  await writeFile(join(fleet.folder, "clouds", "main.ts"), mainFile(clouds));
  outputOf(await fleet.lcloud("synth"));
  outputOf(await fleet.lcloud("sync", ...flags));
}

beforeAll(async () => {
  await using starting = new AsyncDisposableStack();
  fleet = starting.use(await startSmallFleet());
  const server = await startCloudServer();
  starting.defer(() => server.stop());
  const own = `127.0.0.1:${server.port}`;
  const routes = { "192.0.2.53": own, [ADDRESSES.dns]: own };
  dns = starting.use(
    await startCoreDns(fleet.cluster, { corefile: await defaultCorefile("kubeadm"), routes, replicas: 2 }),
  );
  starting.defer(await startKubelet(fleet.cluster, dns.pods));
  before = await othersAnswers();
  await deliver(CLOUDS);
  await addServices();
  outputOf(await fleet.lcloud("post-sync"));
  await waitFor("the last Service is known", async () => {
    const { answers } = await dns.query("web.plain.svc.cluster.local", "A");
    return answers.length === 1 || undefined;
  });
  started = starting.move();
});

afterAll(async () => started?.disposeAsync());

test("lcloud itself finds every zone in place and every promise kept", async () => {
  const { clusters } = JSON.parse(outputOf(await fleet.lcloud("status", "-o", "json"))) as {
    readonly clusters: readonly { readonly clouds: readonly { readonly zone?: { zone: string; state: string } }[] }[];
  };
  const zones = clusters.flatMap(({ clouds }) => clouds.flatMap(({ zone }) => zone ?? []));
  expect(Object.fromEntries(zones.map(({ zone, state }) => [zone, state]))).toEqual({
    fixed: "in-place",
    "names.several": "in-place",
    plain: "in-place",
    served: "in-place",
    single: "in-place",
  });
  const checked = outputOf(await fleet.lcloud("dns", "check"));
  for (const name of ["web.single", "db.single", "api.several-api.names.several", "web.plain"]) {
    expect(checked).toContain(` ${name}`);
  }
});

describe.each(TRANSPORTS)("over $transport", ({ tcp }) => {
  const ask = (name: string, type: DnsType): Promise<DnsAnswer> => dns.query(name, type, { tcp });

  test.each(REWRITTEN)("$name is a Service, with its address, its ports and its reverse name", async (rewritten) => {
    const { name, own, address } = rewritten;
    const answer = await ask(name, "A");
    expect(answer).toMatchObject({ rcode: "NOERROR", truncated: false });
    expect(answer.answers).toMatchObject([{ name: `${name}.`, type: "A", content: address }]);
    expect(await ask(name, "AAAA")).toMatchObject({ rcode: "NOERROR", answers: [] });
    const mixed = await ask(name.replace(/^./, (letter) => letter.toUpperCase()).replace("e", "E"), "A");
    expect(mixed.answers).toMatchObject([{ content: address }]);
    const ports = await ask(`_http._tcp.${name}`, "SRV");
    expect(ports.answers).toMatchObject([{ name: `_http._tcp.${name}.`, content: `0 100 80 ${name}.` }]);
    expect(ports.additional).toMatchObject([{ name: `${name}.`, type: "A", content: address }]);
    const reverse = await ask(`${address.split(".").reverse().join(".")}.in-addr.arpa`, "PTR");
    expect(reverse.answers).toMatchObject([{ content: `${own}.svc.cluster.local.` }]);
  });

  test("a headless Service of a zone answers with its endpoints, of both families, and their names", async () => {
    const { answers } = await ask("db.single", "A");
    expect(answers.map(({ content }) => content).sort()).toEqual(["10.244.1.1", "10.244.1.2"]);
    expect((await ask("db-0.db.single", "A")).answers).toMatchObject([
      { name: "db-0.db.single.", content: "10.244.1.1" },
    ]);
    expect((await ask("_sql._tcp.db.single", "SRV")).answers).toHaveLength(2);
    expect((await ask("six.single", "AAAA")).answers).toMatchObject([{ content: "2001:db8:0:0:0:0:0:6" }]);
  });

  test.each(["single", "names.several"])("%s has no name that nobody has, and is there itself", async (zone) => {
    const missing = await ask(`nobody.${zone}`, "A");
    expect(missing).toMatchObject({ rcode: "NXDOMAIN", answers: [] });
    expect(missing.authority).toMatchObject([{ name: "cluster.local.", type: "SOA" }]);
    expect(await ask(zone, "A")).toMatchObject({ rcode: "NOERROR", answers: [] });
  });

  test("a namespace of another cloud has no names in the zone", async () => {
    expect((await ask("web.several-web.single", "A")).rcode).toBe("NXDOMAIN");
    expect((await ask("web.single-prod.names.several", "A")).rcode).toBe("NXDOMAIN");
  });

  test.each([
    ["fixed", "203.0.113.1"],
    ["served", "203.0.113.2"],
  ])("what a cloud's own server has of %s is answered, and nothing else", async (zone, address) => {
    expect((await ask(`web.${zone}`, "A")).answers).toMatchObject([{ name: `web.${zone}.`, content: address }]);
    expect((await ask(`web.${zone}`, "AAAA")).answers).toMatchObject([{ content: "2001:db8:0:0:0:0:0:9" }]);
    expect((await ask(`nobody.${zone}`, "A")).rcode).toBe("NXDOMAIN");
  });

  test("a native zone is answered under the name that a pod's search path makes of it", async () => {
    expect((await ask("web.plain.svc.cluster.local", "A")).answers).toMatchObject([{ content: ADDRESSES.plain }]);
  });
});

test("names of others are answered as before", async () => {
  expect(await othersAnswers()).toEqual(before);
  expect(dns.forwarded.filter((name) => /(?:single|names\.several|fixed|served)\.$/i.test(name))).toEqual([]);
});

/** What a resolver asks for a name without a dot at its end, in a pod of the namespace. */
const searched = (name: string, namespace: string): readonly string[] => [
  ...[`${namespace}.svc.cluster.local`, "svc.cluster.local", "cluster.local"].map((suffix) => `${name}.${suffix}`),
  name,
];

test.each([
  { how: "by a pod's search path", names: searched("web.single", "default"), queries: 10 },
  { how: "with a dot at its end", names: ["web.single"], queries: 4 },
])("to look up a name $how costs CoreDNS $queries queries", async ({ names, queries }) => {
  const counted = async (): Promise<number> => {
    const samples = (await dns.replicas[0]?.metrics()) ?? [];
    const counts = samples.filter(({ name }) => name === "coredns_dns_requests_total");
    return counts.reduce((sum, { value }) => sum + value, 0);
  };
  // a query is counted after its answer is sent
  const counts: number[] = [];
  const settled = (least: number): Promise<number> =>
    waitFor("all queries are counted", async () => {
      const count = await counted();
      const [before] = counts.splice(0, 1, count);
      return count >= least && count === before ? count : undefined;
    });
  const start = await settled(0);
  for (const name of names) for (const type of ["A", "AAAA"] as const) await dns.query(name, type);
  expect((await settled(start + queries)) - start).toBe(queries);
});

test("nobody loses an answer while zones are added, changed and removed", async () => {
  const load = await startDnsLoad(dns, "kubernetes.default.svc.cluster.local", "A", 1_000);
  const postSync = async (): Promise<void> => void outputOf(await fleet.lcloud("post-sync", "--dns-only"));
  await deliver({ ...CLOUDS, late: `namespaces: ["late-prod"], dns: {}` });
  await postSync();
  await dns.loaded("late.", "forward");
  await deliver({ ...CLOUDS, late: `namespaces: ["late-prod", "late-more"], dns: {}` });
  await postSync();
  await addService(fleet.cluster, "late-more", "web", { clusterIP: "10.0.0.7" });
  await waitFor("the new namespace has names", async () => {
    const { answers } = await dns.query("web.late-more.late", "A");
    return answers.length === 1 || undefined;
  });
  await deliver(CLOUDS, "--remove", "late");
  await postSync();
  await dns.unloaded("late.");
  const { sent, answered, lost } = await load.stop();
  expect({ answered, lost }).toEqual({ answered: { NOERROR: sent }, lost: 0 });
  expect(sent).toBeGreaterThan(3_000);
});
