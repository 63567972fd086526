import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { zoneGuard } from "../../src/dns/admission-policy.ts";
import { patchCorefile } from "../../src/dns/corefile/patch.ts";
import { customKey } from "../../src/dns/custom-config-map.ts";
import { serverBlock } from "../../src/dns/fragments.ts";
import type { ForwardZone, RewriteZone } from "../../src/dns/zone.ts";
import { connectKubeApi } from "../../src/kube-api/connect.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { refOf } from "../../src/model/ref.ts";
import { customDns } from "../delivery/shared-dns.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { type CoreDns, startCoreDns } from "../lab/coredns.ts";
import { defaultCorefile } from "../lab/default-corefiles.ts";
import { startDnsLoad } from "../lab/dns-load.ts";
import type { DnsAnswer } from "../lab/dns-message.ts";
import { addService } from "../lab/dns-services.ts";
import { waitFor } from "../lab/wait.ts";
import { aliasOf, askBack, nothing, startTenantDns, type TenantDns } from "./tenant-dns.ts";

/** What CoreDNS may take in kubeadm's Deployment. */
const MEMORY_LIMIT = 170 * 1024 * 1024;

/** The query, and two for each that `max_concurrent` lets wait: the zone's, and the one of what its name becomes. */
const ONE_ZONE = 2_002;

const service = (namespace: string, name: string, externalName: string): Manifest => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace },
  spec: { type: "ExternalName", externalName },
});

/** A headless Service whose one endpoint is a name. */
const endpoints = (namespace: string, name: string, address: string): readonly Manifest[] => [
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace },
    spec: { clusterIP: "None", ports: [{ name: "http", port: 80 }] },
  },
  {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: `${name}-1`, namespace, labels: { "kubernetes.io/service-name": name } },
    addressType: "FQDN",
    ports: [{ name: "http", port: 80 }],
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
  },
];

/** All that tenants can write down for a zone to lead to itself. */
const EVIL: readonly Manifest[] = [
  service("shop", "evil", "evil.shop"),
  service("shop", "ring", "ring.bank"),
  service("bank", "ring", "ring.shop"),
  service("shop", "across", "web.bank"),
  ...endpoints("shop", "slice", "slice.shop"),
];
const OTHERS = [service("shop", "self", "self.shop.svc.cluster.local"), service("shop", "away", "alias.example")];

const rewritten = (zone: string): RewriteZone => ({
  kind: "rewrite",
  zone,
  namespaces: [zone],
  clusterDomain: "cluster.local",
});
const forwarded = (zone: string, ...servers: readonly TenantDns[]): ForwardZone => ({
  kind: "forward",
  zone,
  addresses: servers.map(({ address, port }) => (address === "::1" ? `[::1]:${port}` : `127.0.0.1:${port}`)),
});

let lab: Lab<"eu">;
let api: KubeApi;
let dns: CoreDns | undefined;
let ends: AsyncDisposable[];

beforeAll(async () => {
  ends = [];
  lab = await startLab([{ name: "eu" }]);
  api = await connectKubeApi({ cluster: "eu", kubeconfig: lab.kubeconfig, context: "eu" });
  for (const namespace of ["shop", "bank"]) await addService(lab.clusters.eu, namespace, "web");
  for (const manifest of [...EVIL, ...OTHERS]) await api.apply(manifest);
});
afterAll(async () => {
  await dns?.stop();
  for (const end of ends) await end[Symbol.asyncDispose]();
  api?.close();
  await lab?.stop();
});

const started = async (...of: Parameters<typeof startTenantDns>): Promise<TenantDns> => {
  const server = await startTenantDns(...of);
  ends.push(server);
  return server;
};

const running = (): CoreDns => {
  if (dns === undefined) throw new Error("CoreDNS is not there");
  return dns;
};

async function run(options: Parameters<typeof startCoreDns>[1]): Promise<void> {
  await dns?.stop();
  dns = await startCoreDns(lab.clusters.eu, options);
  await waitFor("Services are known", async () =>
    (await running().query("web.bank", "A")).answers.length === 1 ? true : undefined,
  );
}

interface Usage {
  /** Queries for IPv4 addresses that CoreDNS has answered, those of itself too; plugins probe with others. */
  readonly requests: number;
  /** Bytes. */
  readonly memory: number;
}

const LOADED = "web.shop.svc.cluster.local";

async function usage(): Promise<Usage> {
  const samples = (await running().replicas[0]?.metrics()) ?? [];
  const requests = samples.filter(
    ({ name, labels }) => name === "coredns_dns_requests_total" && labels["type"] === "A",
  );
  return {
    requests: requests.reduce((total, { value }) => total + value, 0),
    memory: samples.find(({ name }) => name === "process_resident_memory_bytes")?.value ?? 0,
  };
}

interface Passes {
  readonly passes: number;
  readonly memory: number;
  readonly answer: DnsAnswer | undefined;
}

/** Ask once, while others ask for a name of theirs and lose no answer, until all is quiet again. */
async function ask(name: string): Promise<Passes> {
  const before = await usage();
  const load = await startDnsLoad(running(), LOADED, "A", 200);
  const answer = await running()
    .query(name, "A", { timeoutMs: 10_000 })
    .catch(() => undefined);
  let last = await usage();
  let memory = last.memory;
  const others = await load.stop();
  let quiet = 0;
  await waitFor("an end of all that one query began", async () => {
    const now = await usage();
    quiet = now.requests === last.requests ? quiet + 1 : 0;
    last = now;
    memory = Math.max(memory, now.memory);
    return quiet > 10 || undefined;
  });
  expect({ answered: others.answered, lost: others.lost }).toEqual({
    answered: others.sent === 0 ? {} : { NOERROR: others.sent },
    lost: 0,
  });
  return { passes: last.requests - before.requests - others.sent, memory, answer };
}

describe("in a Corefile, without the admission policy", () => {
  let both: readonly TenantDns[];

  beforeAll(async () => {
    const asking = await started(askBack(running));
    const alias = await started(aliasOf("evil.shop"));
    const upstream = await started(aliasOf("evil.shop"));
    both = [await started(nothing), await started(nothing, "udp6")];
    // on loopback, where no zone of a fleet may lead
    const tenants = [forwarded("lab", asking), forwarded("alias", alias), forwarded("both", ...both)];
    const outside = `forward . 127.0.0.1:${upstream.port}`;
    const corefile = (await defaultCorefile("kubeadm")).replace("forward . /etc/resolv.conf", outside);
    const patched = patchCorefile({ corefile, zones: ["shop", "bank"].map(rewritten), ours: [] });
    if (!patched.ok) throw new Error(JSON.stringify(patched.faults));
    await run({ corefile: patched.patch.corefile + tenants.map((zone) => serverBlock(customDns, zone)).join("") });
  });

  test.each([
    ["a Service that points to itself", "evil.shop", ONE_ZONE],
    ["the same by its own name", "evil.shop.svc.cluster.local", ONE_ZONE],
    ["two in a ring", "ring.shop", 2 * ONE_ZONE],
    ["an endpoint that is its own name", "slice.shop", ONE_ZONE],
    ["the same by its own name", "slice.shop.svc.cluster.local", ONE_ZONE],
    ["a Service of another zone", "across.shop", 4],
    ["one that points to itself within the cluster", "self.shop.svc.cluster.local", 1],
    ["a tenant's DNS server that asks back", "web.lab", ONE_ZONE],
    ["a tenant's DNS server that names another zone", "web.alias", 1],
    ["a name outside that is another one's in a zone", "out.example", 1],
    ["a Service that points to such a name", "away.shop.svc.cluster.local", 2],
  ])("%s makes no more passes than are stated, and others get their answers: %s", async (_, name, most) => {
    const { passes, memory } = await ask(name);
    expect(passes).toBeGreaterThanOrEqual(1);
    expect(passes).toBeLessThanOrEqual(most);
    expect(memory).toBeLessThan(MEMORY_LIMIT);
  });

  test("a zone is forwarded to each of its servers, by IPv4 and IPv6", async () => {
    for (const server of both) {
      let number = 0;
      await waitFor(`a query at ${server.address}`, async () => {
        number += 1;
        expect((await running().query(`name-${number}.both`, "A")).rcode).toBe("NXDOMAIN");
        return server.asked.length > 0 || undefined;
      });
      expect(server.asked[0]).toMatch(/^name-\d+\.both\.$/);
    }
  });
});

describe("in coredns-custom, without the admission policy", () => {
  beforeAll(async () => {
    const custom = ["shop", "bank"].map((zone) => [customKey(zone), serverBlock(customDns, rewritten(zone))] as const);
    const corefile = await defaultCorefile("k3s");
    await run({ corefile, files: { NodeHosts: "" }, custom: Object.fromEntries(custom) });
  });

  test.each([
    ["evil.shop", ONE_ZONE],
    ["ring.shop", 2 * ONE_ZONE],
    ["slice.shop.svc.cluster.local", ONE_ZONE],
    ["across.shop", 4],
  ])("%s makes no more passes than are stated, and others get their answers", async (name, most) => {
    const { passes, memory } = await ask(name);
    expect(passes).toBeLessThanOrEqual(most);
    expect(memory).toBeLessThan(MEMORY_LIMIT);
  });
});

test("with the admission policy nobody makes any of them", async () => {
  for (const manifest of EVIL) {
    const live = await api.get(refOf(manifest));
    if (live !== undefined) await api.delete(refOf(live), { uid: live.metadata.uid });
  }
  for (const manifest of zoneGuard(["shop", "bank"])) await api.apply(manifest);
  const pointing = EVIL.filter((each) => each.kind !== "Service" || JSON.stringify(each).includes("ExternalName"));
  await waitFor("the policy holds", async () =>
    api.apply(service("shop", "probe", "probe.shop"), { dryRun: true }).then(
      () => undefined,
      () => true,
    ),
  );
  for (const manifest of pointing) {
    await expect(api.apply(manifest)).rejects.toThrow(/is in the DNS zone of a logical cloud/);
  }
  expect(pointing).toHaveLength(EVIL.length - 1);
});
