import { X509Certificate } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GATEWAY, GATEWAY_PORT } from "../../src/mesh/names.ts";
import type { MeshStatus } from "../../src/model/mesh-status.ts";
import { connectWorkload } from "../lab/istio-workload.ts";
import { isDenied, passing, plaintextChains, rulesOf } from "../lab/istio-xds.ts";
import { verifyChain } from "../lab/mesh-authority.ts";
import { addMeshService, addOpenGateway } from "../lab/mesh-objects.ts";
import { waitFor } from "../lab/wait.ts";
import { deliverMeshes } from "./mesh-delivery.ts";
import {
  MESH_CLOUDS,
  MESH_CLUSTERS,
  type MeshCloud,
  type MeshCluster,
  type MeshFleet,
  startMeshFleet,
} from "./mesh-fleet.ts";
import { namespacesWithRoots, rootOf } from "./mesh-roots.ts";
import { outputOf } from "./run.ts";

const CLOUDS = {
  shop: `namespaces: ["shop-web", "shop-api"], podSecurity: "restricted", mesh: { mode: "dedicated" }`,
  bank: `namespaces: ["bank"], mesh: { mode: "dedicated", exports: ["vault"] }`,
};

const NAMESPACES: Readonly<Record<MeshCloud, readonly string[]>> = { shop: ["shop-web", "shop-api"], bank: ["bank"] };

/** Of the gateways, as a provider's load balancers would give them. */
const GATEWAYS = {
  m1: { shop: "203.0.113.1", bank: "203.0.113.3" },
  m2: { shop: "203.0.113.2", bank: "203.0.113.4" },
} as const;

const OTHER: Readonly<Record<MeshCluster, MeshCluster>> = { m1: "m2", m2: "m1" };

/** Each cloud on each cluster. */
const MESHES = MESH_CLOUDS.flatMap((cloud) => MESH_CLUSTERS.map((cluster) => ({ cloud, cluster })));

let fleet: MeshFleet;

beforeAll(async () => {
  await using starting = new AsyncDisposableStack();
  fleet = starting.use(await startMeshFleet());
  await fleet.write(CLOUDS);
  await deliverMeshes(fleet, GATEWAYS);
  stack = starting.move();
}, 300_000);

let stack: AsyncDisposableStack | undefined;

afterAll(async () => stack?.disposeAsync());

const istiodOf = (cloud: MeshCloud, cluster: MeshCluster) => fleet.istiods[cluster].clouds[cloud];

test("a second delivery changes nothing", async () => {
  const lines = outputOf(await fleet.lcloud("sync")).trim();
  expect(lines).toBe("");
  const { meshes: reports } = JSON.parse(outputOf(await fleet.lcloud("post-sync", "-o", "json"))) as PostSyncJson;
  const outcomes = reports.flatMap(({ meshes }) => meshes.map(({ trust, remotes }) => `${trust} ${remotes}`));
  expect(outcomes).toEqual(MESHES.map(() => "kept unchanged"));
});

test("status finds every mesh well", async () => {
  const { clusters } = JSON.parse(outputOf(await fleet.lcloud("status", "-o", "json"))) as StatusJson;
  const meshes = clusters.flatMap(({ clouds }) => clouds.flatMap(({ mesh }) => mesh ?? []));
  expect(meshes).toHaveLength(MESHES.length);
  for (const mesh of meshes) {
    expect(mesh).toMatchObject({
      controlPlane: { state: "available", wanted: "1.31.1", version: "1.31.1" },
      authority: { state: "ours", isDue: false },
      gateway: { state: "reachable" },
      roots: { missing: [], foreign: [], beyond: [] },
      ...{ alarms: [], remarks: [], failures: [] },
    });
    const remotes = mesh.remotes.map(({ cluster, state, token }) => [cluster, state, token]);
    expect(remotes).toEqual(MESH_CLUSTERS.map((cluster) => [cluster, "registered", "works"]));
  }
});

interface StatusJson {
  readonly clusters: readonly { readonly clouds: readonly { readonly mesh?: MeshStatus }[] }[];
}

interface PostSyncJson {
  readonly meshes: readonly { readonly meshes: readonly { readonly trust: string; readonly remotes: string }[] }[];
}

describe("trust", () => {
  test.for(MESHES)("the control plane of $cloud on $cluster signs by the authority that we gave it", async (mesh) => {
    const { cloud, cluster } = mesh;
    const istiod = istiodOf(cloud, cluster);
    const secret = await fleet.apis[cluster].get({
      apiVersion: "v1",
      kind: "Secret",
      namespace: `istio-${cloud}`,
      name: "cacerts",
    });
    const { "ca-cert.pem": authority = "" } = (secret?.["data"] ?? {}) as Record<string, string>;
    using workload = await connectWorkload(istiod, { namespace: NAMESPACES[cloud][0] ?? "" });
    const { chain, identity } = await workload.certificate();
    const { fingerprint256 } = new X509Certificate(Buffer.from(authority, "base64"));
    expect(new X509Certificate(chain[1] ?? "").fingerprint256).toBe(fingerprint256);
    expect(identity).toBe(`spiffe://${cloud}.mesh/ns/${NAMESPACES[cloud][0]}/sa/default`);
    expect(istiod.log()).not.toMatch(/self-signed|invalid mesh config/);
  });

  test.for(MESHES)(
    "a certificate of $cloud on $cluster is trusted on the other cluster, by its cloud alone",
    async (mesh) => {
      const { cloud, cluster } = mesh;
      using workload = await connectWorkload(istiodOf(cloud, cluster), { namespace: NAMESPACES[cloud][0] ?? "" });
      const { chain } = await workload.certificate();
      for (const own of MESH_CLOUDS) {
        const roots = await rootOf(fleet.apis[OTHER[cluster]], NAMESPACES[own][0] ?? "");
        const fault = await verifyChain(chain.slice(0, 2), roots ?? "");
        if (own === cloud) expect(fault).toBeUndefined();
        else expect(fault).toMatch(/unable to get/);
      }
    },
  );

  test.for(MESH_CLUSTERS)("on %s, each root is in its own cloud's namespaces and in no other", async (cluster) => {
    const expected = MESH_CLOUDS.flatMap((cloud) => [...NAMESPACES[cloud], `istio-${cloud}`]).sort();
    await waitFor(
      "roots",
      async () => (await namespacesWithRoots(fleet.apis[cluster])).length >= expected.length || undefined,
    );
    expect(await namespacesWithRoots(fleet.apis[cluster])).toEqual(expected);
    for (const cloud of MESH_CLOUDS) {
      const roots = await Promise.all(NAMESPACES[cloud].map((namespace) => rootOf(fleet.apis[cluster], namespace)));
      expect(new Set([...roots, await rootOf(fleet.apis[OTHER[cluster]], `istio-${cloud}`)]).size).toBe(1);
    }
  });
});

describe("joined clusters", () => {
  test.for(MESHES)("the control plane of $cloud on $cluster sees the other cluster by our Secret", async (mesh) => {
    const { cloud, cluster } = mesh;
    const istiod = istiodOf(cloud, cluster);
    const clusters = (await istiod.debug("clusterz")) as readonly {
      id: string;
      syncStatus: string;
      secretName?: string;
    }[];
    expect(clusters).toHaveLength(2);
    expect(clusters.find(({ id }) => id === OTHER[cluster])).toMatchObject({
      syncStatus: "synced",
      secretName: `istio-${cloud}/istio-remote-secret-${cloud}`,
    });
  });
});

describe("configuration of workloads", () => {
  const SERVICE = "outbound|80||web.shop-web.svc.cluster.local";
  const PODS = { m1: "10.1.0.11", m2: "10.2.0.11" } as const;

  beforeAll(async () => {
    for (const cluster of MESH_CLUSTERS) {
      const address = PODS[cluster];
      await addMeshService(fleet.lab.clusters[cluster], { namespace: "shop-web", name: "web", address });
      await addMeshService(fleet.lab.clusters[cluster], { namespace: "bank", name: "vault", address: `${address}0` });
      await addMeshService(fleet.lab.clusters[cluster], { namespace: "bank", name: "safe", address: `${address}1` });
    }
  });

  const webOf = (cluster: MeshCluster) =>
    connectWorkload(istiodOf("shop", cluster), { namespace: "shop-web", pod: "web-0", address: PODS[cluster] });

  test.for(MESH_CLUSTERS)(
    "on %s, a Service of both clusters is answered here and behind the other gateway",
    async (cluster) => {
      using workload = await webOf(cluster);
      const expected = [`${PODS[cluster]}:8080`, `${GATEWAYS[OTHER[cluster]].shop}:15443`].sort();
      let last: readonly string[] = [];
      await waitFor(
        () => `endpoints, instead of ${last.join()}`,
        async () => {
          last = await workload.endpoints(SERVICE);
          return last.length > 1 || undefined;
        },
      );
      expect(last).toEqual(expected);
    },
  );

  test.for(MESH_CLUSTERS)("on %s, mTLS is strict, and our policy is in force", async (cluster) => {
    using workload = await webOf(cluster);
    const inbound = (await workload.listeners()).find(({ name }) => name === "virtualInbound");
    if (inbound === undefined) throw new Error("nothing comes in");
    expect(inbound.filter_chains.length).toBeGreaterThan(0);
    expect(plaintextChains(inbound)).toEqual([]);
    expect(Object.keys(rulesOf(inbound)[0]?.policies ?? {})).toEqual([
      "ns[istio-shop]-policy[only-this-cloud]-rule[0]",
    ]);
  });

  test.for(MESH_CLUSTERS)("on %s, a certificate for a token of a foreign namespace opens nothing", async (cluster) => {
    using stranger = await connectWorkload(istiodOf("shop", cluster), { namespace: "bank" });
    const { identity } = await stranger.certificate();
    expect(identity).toBe("spiffe://shop.mesh/ns/bank/sa/default");
    using workload = await webOf(cluster);
    const inbound = (await workload.listeners()).find(({ name }) => name === "virtualInbound");
    const rules = inbound === undefined ? [] : rulesOf(inbound);
    expect(isDenied(rules, identity)).toBe(true);
    expect(isDenied(rules, undefined)).toBe(true);
    for (const namespace of ["shop-web", "shop-api", "istio-shop"]) {
      expect(isDenied(rules, `spiffe://shop.mesh/ns/${namespace}/sa/default`)).toBe(false);
    }
  });

  test.for(MESH_CLUSTERS)("on %s, a cloud's workloads do not see Services of another", async (cluster) => {
    using workload = await webOf(cluster);
    const names = (await workload.clusters()).map(({ name }) => name);
    expect(names).toContain(SERVICE);
    expect(names.filter((name) => /\.bank\.svc|istio-bank|kubernetes\.default/.test(name))).toEqual([]);
  });

  test.for(MESH_CLUSTERS)("on %s, only what is exported has endpoints behind the other gateway", async (cluster) => {
    using workload = await connectWorkload(istiodOf("bank", cluster), { namespace: "bank" });
    const endpointsOf = (name: string) => workload.endpoints(`outbound|80||${name}.bank.svc.cluster.local`);
    const vault = [`${PODS[cluster]}0:8080`, `${GATEWAYS[OTHER[cluster]].bank}:15443`].sort();
    await waitFor("both clusters", async () => (await endpointsOf("vault")).length > 1 || undefined);
    expect(await endpointsOf("vault")).toEqual(vault);
    expect(await endpointsOf("safe")).toEqual([`${PODS[cluster]}1:8080`]);
  });

  const PASSING = [
    { cloud: "shop", cluster: "m1", namespace: "shop-web", passes: "web" },
    { cloud: "bank", cluster: "m2", namespace: "bank", passes: "vault" },
  ] as const;

  const gatewayOf = (cloud: MeshCloud, cluster: MeshCluster) =>
    connectWorkload(istiodOf(cloud, cluster), {
      namespace: `istio-${cloud}`,
      serviceAccount: GATEWAY,
      pod: `${GATEWAY}-lab`,
      address: GATEWAYS[cluster][cloud].replace(/^.*\./, "10.244.7."),
      proxy: "router",
    });

  test.for(PASSING)("the gateway of $cloud on $cluster passes $passes and nothing else, for whoever", async (its) => {
    const { cloud, cluster, namespace, passes } = its;
    using workload = await gatewayOf(cloud, cluster);
    const listeners = await workload.listeners();
    // the rest is who answers there: it is the pods that ask who somebody is, since the gateway cannot see it
    expect(passing(listeners, GATEWAY_PORT)).toEqual([`outbound_.80_._.${passes}.${namespace}.svc.cluster.local`]);
    expect(listeners.flatMap(rulesOf)).toEqual([]);
  });

  test.for(PASSING)("a user's Gateway opens pods beside it, and not the gateway of $cloud on $cluster", async (its) => {
    const { cloud, cluster, namespace, passes } = its;
    const address = "10.244.6.1";
    const pod = await addOpenGateway(fleet.lab.clusters[cluster], { namespace, name: GATEWAY, address });
    using own = await connectWorkload(istiodOf(cloud, cluster), { namespace, pod, address, proxy: "router" });
    const controlPlane = `outbound_.15012_._.istiod-${cloud}.istio-${cloud}.svc.cluster.local`;
    const namesAtOwn = async () => passing(await own.listeners(), GATEWAY_PORT);
    await waitFor("the user's gateway", async () => (await namesAtOwn()).includes(controlPlane) || undefined);
    using workload = await gatewayOf(cloud, cluster);
    const names = passing(await workload.listeners(), GATEWAY_PORT);
    expect(names).toEqual([`outbound_.80_._.${passes}.${namespace}.svc.cluster.local`]);
  });
});

describe("what leaves", () => {
  const SERVICE = "outbound|80||web.shop-web.svc.cluster.local";

  test("a cluster that is down stays known, with what answers there", async () => {
    await fleet.lab.clusters.m2.kill();
    const { code } = await fleet.lcloud("post-sync", "--cluster", "m1");
    expect(code).toBe(0);
    const ref = { apiVersion: "v1", kind: "Secret", namespace: "istio-shop", name: "istio-remote-secret-shop" };
    expect(Object.keys((await fleet.apis.m1.get(ref))?.["data"] ?? {})).toEqual(["m1", "m2"]);
    using workload = await connectWorkload(istiodOf("shop", "m1"), { namespace: "shop-web" });
    expect(await workload.endpoints(SERVICE)).toContain(`${GATEWAYS.m2.shop}:15443`);
    await fleet.lab.clusters.m2.restart();
  });

  test("a mesh that a cloud has no longer goes with its keys, and the cloud stays", async () => {
    await fleet.write({ ...CLOUDS, bank: `namespaces: ["bank"]` });
    outputOf(await fleet.lcloud("synth"));
    expect((await fleet.lcloud("sync")).code).toBe(3);
    outputOf(await fleet.lcloud("sync", "--remove", "bank/istio-bank"));
    outputOf(await fleet.lcloud("post-sync"));
    for (const cluster of MESH_CLUSTERS) {
      const find = (name: string) => fleet.apis[cluster].get({ apiVersion: "v1", kind: "Namespace", name });
      expect(await find("istio-bank")).toBeUndefined();
      expect((await find("bank"))?.metadata.labels).not.toHaveProperty("istio.io/rev");
      expect(await find("istio-shop")).toBeDefined();
      expect(istiodOf("bank", cluster).state).toBe("absent");
      const kinds = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];
      for (const kind of kinds) {
        const left = await fleet.apis[cluster].list({ apiVersion: "admissionregistration.k8s.io/v1", kind });
        expect(left.filter(({ metadata }) => metadata.name.includes("bank"))).toEqual([]);
      }
    }
  });
});
