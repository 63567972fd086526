import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectKubeApi } from "../../src/kube-api/connect.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import type { LiveManifest, Manifest } from "../../src/model/manifest.ts";
import { refKey, refOf } from "../../src/model/ref.ts";
import { applyCrds, applyManifests } from "./api.ts";
import { labBinary } from "./binaries.ts";
import { startCertificateLoad } from "./certificate-load.ts";
import { startChartRepository } from "./chart-repository.ts";
import { type Lab, startLab } from "./clusters.ts";
import { get } from "./https-get.ts";
import { helmTemplate, type Istiods, type IstioRelease, istioCrds, startIstiods } from "./istio.ts";
import { cloudNamespaceManifest, gatewayValues, istiodValues, meshNamespaceManifest } from "./istio-example.ts";
import { connectWorkload } from "./istio-workload.ts";
import { plaintextChains } from "./istio-xds.ts";
import { type Cacerts, cacertsManifest, opensslCacerts, verifyChain } from "./mesh-authority.ts";
import { addMeshService } from "./mesh-objects.ts";
import { waitFor } from "./wait.ts";

let lab: Lab<"m1">;
let api: KubeApi;
let istiods: Istiods<"shop" | "bank">;
let shop: Record<"m1" | "m2", Cacerts>;
let bank: Record<"m1", Cacerts>;

beforeAll(async () => {
  lab = await startLab([{ name: "m1" }]);
  api = await connectKubeApi({ cluster: "m1", kubeconfig: lab.kubeconfig, context: "m1" });
  shop = await opensslCacerts("shop", ["m1", "m2"]);
  bank = await opensslCacerts("bank", ["m1"]);
  await applyCrds(lab.clusters.m1, [await istioCrds()]);
  istiods = await startIstiods(lab.clusters.m1, ["shop", "bank"], { env: { ENABLE_DEBUG_ON_HTTP: "true" } });
});

afterAll(async () => {
  await istiods?.stop();
  api?.close();
  await lab?.stop();
});

const renderMesh = async (cloud: string, istio: IstioRelease = "1.31"): Promise<readonly Manifest[]> => {
  const namespace = `istio-${cloud}`;
  const istiod = { chart: "istiod", release: `istiod-${cloud}`, values: istiodValues(cloud, "m1") } as const;
  const gateway = { chart: "gateway", release: "istio-eastwestgateway", values: gatewayValues(cloud, "m1") } as const;
  return [
    ...(await helmTemplate({ ...istiod, namespace, istio })),
    ...(await helmTemplate({ ...gateway, namespace, istio })),
  ];
};

/** As `helm install` and whoever makes namespaces would. */
async function install(cloud: string): Promise<void> {
  await applyManifests(lab.clusters.m1, [meshNamespaceManifest(cloud, "m1"), cloudNamespaceManifest(cloud, cloud)]);
  await applyManifests(
    lab.clusters.m1,
    (await renderMesh(cloud)).filter(({ metadata }) => metadata.name !== "istio-eastwestgateway"),
  );
}

const deploymentOf = (cloud: string): Promise<LiveManifest | undefined> =>
  api.get({ apiVersion: "apps/v1", kind: "Deployment", namespace: `istio-${cloud}`, name: `istiod-${cloud}` });

const availability = (isAvailable: boolean): Promise<boolean> =>
  waitFor("the Deployment's status", async () => {
    const status = ((await deploymentOf("shop"))?.["status"] ?? {}) as DeploymentStatus;
    const condition = status.conditions?.find(({ type }) => type === "Available");
    return condition?.status === (isAvailable ? "True" : "False") || undefined;
  });

interface DeploymentStatus {
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
}

test.for(["1.31", "1.30"] as const)("the charts of %s render two clouds without a name in common", async (istio) => {
  const manifests = [...(await renderMesh("shop", istio)), ...(await renderMesh("bank", istio))];
  const keys = manifests.map((manifest) => refKey(refOf(manifest)));
  expect(new Set(keys).size).toBe(keys.length);
  expect(keys.filter((key) => key.startsWith("apps|Deployment|"))).toHaveLength(4);
});

test("helm finds the charts in a repository, by their versions", async () => {
  await using charts = await startChartRepository({ "1.31.1": "1.31", "1.30.8": "1.30" });
  const helm = await labBinary("helm");
  for (const version of ["1.31.1", "1.30.8"]) {
    const args = ["show", "chart", "istiod", "--repo", charts.url, "--version", version];
    const { stdout } = await promisify(execFile)(helm, args, { env: { ...process.env, ...charts.env } });
    expect(stdout).toContain(`version: ${version}`);
  }
});

test("istiod starts when its authority is there, and is available then", async () => {
  await install("shop");
  const { shop: istiod } = istiods.clouds;
  await waitFor("it waits", () => istiod.problem === "waits for Secret/cacerts" || undefined);
  await availability(false);
  expect(istiod.log()).toBe("");
  await applyManifests(lab.clusters.m1, [cacertsManifest("shop", shop.m1)]);
  await istiod.ready();
  await availability(true);
  expect(istiod.log()).not.toContain("self-signed");
  const pod = await api.get({ apiVersion: "v1", kind: "Pod", namespace: "istio-shop", name: "istiod-shop-lab" });
  expect(pod?.["status"]).toMatchObject({ phase: "Running" });
});

test("a certificate of a workload leads to the plugged-in root, and to no other", async () => {
  await install("bank");
  await applyManifests(lab.clusters.m1, [cacertsManifest("bank", bank.m1)]);
  await istiods.clouds.bank.ready();
  using workload = await connectWorkload(istiods.clouds.shop, { namespace: "shop" });
  const { chain, identity } = await workload.certificate();
  expect(identity).toBe("spiffe://shop.mesh/ns/shop/sa/default");
  expect(await verifyChain(chain, shop.m2["root-cert.pem"])).toBeUndefined();
  expect(await verifyChain(chain, bank.m1["root-cert.pem"])).toMatch(/unable to get|self-signed/);
  expect(await verifyChain(chain.slice(0, 1), shop.m1["root-cert.pem"])).toMatch(/unable to get/);
});

test("a namespace gets a root if the cloud's selector takes it", async () => {
  const rootOf = async (namespace: string): Promise<string | undefined> => {
    const ref = { apiVersion: "v1", kind: "ConfigMap", namespace, name: "istio-ca-root-cert" };
    const data = (await api.get(ref))?.["data"] as Record<string, string> | undefined;
    return data?.["root-cert.pem"];
  };
  await waitFor("roots", async () => ((await rootOf("shop")) && (await rootOf("bank")) ? true : undefined));
  expect(await rootOf("shop")).toBe(shop.m1["root-cert.pem"]);
  expect(await rootOf("bank")).toBe(bank.m1["root-cert.pem"]);
  expect(await rootOf("default")).toBeUndefined();
});

test("a pod gets its sidecar by the webhook, through its Service", async () => {
  await addMeshService(lab.clusters.m1, { namespace: "shop", name: "web", address: "10.1.0.11" });
  const pod = await api.get({ apiVersion: "v1", kind: "Pod", namespace: "shop", name: "web-0" });
  expect(JSON.stringify(pod?.["spec"])).toContain("istio-proxy");
  expect(pod?.metadata.labels).toMatchObject({ "security.istio.io/tlsMode": "istio" });
});

test("what istiod does not accept is refused by its webhook", async () => {
  const policy = (ipBlock: string): Manifest => ({
    apiVersion: "security.istio.io/v1",
    kind: "AuthorizationPolicy",
    metadata: { name: "from-there", namespace: "shop", labels: { "istio.io/rev": "shop" } },
    spec: { action: "DENY", rules: [{ from: [{ source: { ipBlocks: [ipBlock] } }] }] },
  });
  await expect(api.apply(policy("nowhere"))).rejects.toThrow(/admission webhook "rev\.validation\.istio\.io"/);
  await api.apply(policy("192.0.2.0/24"));
  await api.apply({
    apiVersion: "security.istio.io/v1",
    kind: "PeerAuthentication",
    metadata: { name: "default", namespace: "istio-shop", labels: { "istio.io/rev": "shop" } },
    spec: { mtls: { mode: "STRICT" } },
  });
});

test("xDS has who answers for a Service, and no plain text where mTLS is strict", async () => {
  using workload = await connectWorkload(istiods.clouds.shop, {
    namespace: "shop",
    pod: "web-0",
    address: "10.1.0.11",
  });
  const service = "outbound|80||web.shop.svc.cluster.local";
  await waitFor("the endpoint", async () => ((await workload.endpoints(service)).length > 0 ? true : undefined));
  expect(await workload.endpoints(service)).toEqual(["10.1.0.11:8080"]);
  const names = (await workload.clusters()).map(({ name }) => name);
  expect(names).toContain(service);
  const inbound = (await workload.listeners()).find(({ name }) => name === "virtualInbound");
  expect(inbound?.filter_chains.length).toBeGreaterThan(0);
  expect(inbound && plaintextChains(inbound)).toEqual([]);
  using foreign = await connectWorkload(istiods.clouds.bank, { namespace: "bank" });
  expect((await foreign.clusters()).map(({ name }) => name)).not.toContain(service);
});

test("its metrics and its debug endpoints answer", async () => {
  const path = "/api/v1/namespaces/istio-shop/pods/istiod-shop-lab:15014/proxy/metrics";
  const answer = await get(lab.clusters.m1.admin, path);
  expect(answer).toMatchObject({
    status: 200,
    body: expect.stringContaining("citadel_server_cert_chain_expiry_timestamp"),
  });
  const samples = await istiods.clouds.shop.metrics();
  expect(samples.map(({ name }) => name)).toContain("citadel_server_root_cert_expiry_timestamp");
  expect(await istiods.clouds.shop.debug("clusterz")).toMatchObject([{ id: "m1", syncStatus: "synced" }]);
});

test("another authority is taken without a restart, while workloads ask for certificates", async () => {
  const load = await startCertificateLoad([istiods.clouds.shop], { namespace: "shop", clients: 10 });
  await waitFor("certificates of the first", () => load.count().certificates > 10 || undefined);
  await applyManifests(lab.clusters.m1, [cacertsManifest("shop", shop.m2)]);
  await waitFor("certificates of the second", () => load.count().intermediates.length === 2 || undefined);
  const { failures, intermediates, injections } = await load.stop();
  expect(failures).toEqual([]);
  expect(injections).toBeGreaterThan(0);
  expect(intermediates.map((pem) => pem.trim())).toEqual([shop.m1, shop.m2].map((each) => each["ca-cert.pem"].trim()));
  expect(istiods.clouds.shop.state).toBe("ready");
});

test("an authority that others do not trust fails the load", async () => {
  const load = await startCertificateLoad([istiods.clouds.shop, istiods.clouds.bank], {
    namespace: "shop",
    clients: 2,
  });
  await waitFor("a failure", () => load.count().failures.length > 0 || undefined);
  expect((await load.stop()).failures[0]).toMatch(/unable to get|self-signed/);
});

test("istiod ends with its Deployment", async () => {
  const deployment = await deploymentOf("bank");
  await api.delete(refOf(deployment as Manifest), { uid: deployment?.metadata.uid ?? "" });
  await waitFor("its end", () => istiods.clouds.bank.state === "absent" || undefined);
  await expect(istiods.clouds.bank.metrics()).rejects.toThrow("absent");
});
