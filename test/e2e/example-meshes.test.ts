import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GATEWAY } from "../../src/mesh/names.ts";
import type { JsonObject, Manifest } from "../../src/model/manifest.ts";
import { parseQuantity } from "../../src/model/quantity.ts";
import { refOf } from "../../src/model/ref.ts";
import { mergePatch } from "../lab/api.ts";
import { connectWorkload, type Workload } from "../lab/istio-workload.ts";
import { catchAllOf, isDenied, plaintextChains, rulesOf, type XdsListener } from "../lab/istio-xds.ts";
import { addMeshService, podManifest } from "../lab/mesh-objects.ts";
import { waitFor } from "../lab/wait.ts";
import {
  addNodes,
  EXAMPLE_CLOUDS,
  type ExampleCloud,
  GATEWAY_PORTS,
  GATEWAYS,
  writeExampleMeshes,
} from "./example-meshes.ts";
import { type QuotaStatus, quotaIn, tryCreate } from "./example-quotas.ts";
import { deliverMeshes } from "./mesh-delivery.ts";
import { MESH_CLUSTERS, type MeshCluster, type MeshFleet, startMeshFleet } from "./mesh-fleet.ts";

const OTHER: Readonly<Record<MeshCluster, MeshCluster>> = { m1: "m2", m2: "m1" };

let fleet: MeshFleet<ExampleCloud>;
let stack: AsyncDisposableStack | undefined;

beforeAll(async () => {
  await using starting = new AsyncDisposableStack();
  fleet = starting.use(await startMeshFleet(EXAMPLE_CLOUDS));
  await writeExampleMeshes(fleet);
  for (const cluster of MESH_CLUSTERS) await addNodes(fleet, cluster);
  await deliverMeshes(fleet, GATEWAYS);
  stack = starting.move();
}, 600_000);

afterAll(async () => stack?.disposeAsync());

describe("quotas of the example", () => {
  /** Of a container that names nothing, by the LimitRange, and of a sidecar. */
  const PLAIN = { cpu: 0.1 + 0.01, memory: (128 + 64) * 2 ** 20 };

  const NAMESPACES: readonly (readonly [namespace: string, level: string])[] = [
    ["storefront-web", "baseline"],
    ["storefront-api", "baseline"],
    ["payments-core", "restricted"],
    ["payments-vault", "restricted"],
    ["data-ml-etl", "baseline"],
    ["data-ml-train", "baseline"],
    ["data-ml-serve", "baseline"],
    ["platform-ci-runners", "baseline"],
  ];

  const SANDBOX = "contractor-acme-sandbox";

  const plainPod = (namespace: string, name: string): Manifest => podManifest(namespace, name, {});

  describe("of a sandbox, were they smaller", () => {
    let own: QuotaStatus["hard"];
    beforeAll(async () => {
      own = (await quotaIn(fleet.apis.m1, SANDBOX)).hard;
    });
    afterAll(() => setQuota(own));

    async function setQuota(hard: JsonObject): Promise<void> {
      const path = `/api/v1/namespaces/${SANDBOX}/resourcequotas/lc-quota`;
      await mergePatch(fleet.lab.clusters.m1, path, { spec: { hard } });
      await quotaIn(fleet.apis.m1, SANDBOX);
    }

    // each is another answer than the one before
    test.for([
      [`{ "requests.cpu": "109m", "requests.memory": "8Gi" }`, "refused"],
      [`{ "requests.cpu": "110m", "requests.memory": "8Gi" }`, "admitted"],
      [`{ "requests.cpu": 2, "requests.memory": "191Mi" }`, "refused"],
      [`{ "requests.cpu": 2, "requests.memory": "192Mi" }`, "admitted"],
    ] as const)("with %s, a plain pod is %s, as synth says", async ([quota, answer]) => {
      await writeExampleMeshes(fleet, { "contractor-acme": quota });
      const { code, stderr } = await fleet.lcloud("synth");
      expect(code === 0 ? "admitted" : "refused").toBe(answer);
      if (code !== 0) expect(stderr).toMatch(/contractor-acme\/m1\/quota\b.*mesh\.resources\.sidecar\.requests\./);
      await setQuota(JSON.parse(quota));
      const pod = plainPod(SANDBOX, "boundary");
      // admission hears of a quota a little after it is counted
      await waitFor(
        `a pod is ${answer}`,
        async () => (await tryCreate(fleet.apis.m1, pod, { dryRun: true })) === answer || undefined,
      );
    });
  });

  test("the example's own quota holds as many plain pods as there is room for with sidecars, and no more", async () => {
    const { m1: api } = fleet.apis;
    const { hard } = await quotaIn(api, SANDBOX);
    const room = Math.floor((parseQuantity(hard["requests.cpu"] ?? "") ?? 0) / PLAIN.cpu);
    // more than there was in what was tried before
    const pod = podManifest(SANDBOX, "big", { requests: { memory: "1Gi" } });
    const isAdmitted = async () => (await tryCreate(api, pod, { dryRun: true })) === "admitted";
    await waitFor("admission knows the quota", async () => (await isAdmitted()) || undefined);
    const answers: string[] = [];
    for (let index = 0; index <= room; index++) answers.push(await tryCreate(api, plainPod(SANDBOX, `plain-${index}`)));
    expect(answers).toEqual([...Array(room).fill("admitted"), "refused"]);
  });

  test.for(NAMESPACES)(
    "in %s, at level %s, a plain pod gets a sidecar that counts, and the rest can be filled to the last bit",
    async ([namespace, level]) => {
      const { m1: api } = fleet.apis;
      const labels = (await api.get({ apiVersion: "v1", kind: "Namespace", name: namespace }))?.metadata.labels;
      expect(labels?.["pod-security.kubernetes.io/enforce"]).toBe(level);
      const plain = await api.apply(plainPod(namespace, "plain"));
      expect(JSON.stringify(plain["spec"])).toContain(`"name":"istio-proxy"`);
      const { hard, used } = await quotaIn(api, namespace);
      expect([used["requests.cpu"], used["requests.memory"]]).toEqual(["110m", "192Mi"]);
      const amount = (key: string): number => parseQuantity(hard[key] ?? "") ?? 0;
      // less the plain pod, and the sidecar of this one
      const cpu = Math.round((amount("requests.cpu") - PLAIN.cpu) * 1000) - 10;
      const memory = amount("requests.memory") - PLAIN.memory - 64 * 2 ** 20;
      const filler = (more: number): Manifest =>
        podManifest(namespace, "filler", { requests: { cpu: `${cpu + more}m`, memory: `${memory}` } });
      expect(await tryCreate(api, filler(1))).toBe("refused");
      const filled = await api.apply(filler(0));
      const full = (await quotaIn(api, namespace)).used;
      expect(parseQuantity(full["requests.cpu"] ?? "")).toBe(amount("requests.cpu"));
      expect(parseQuantity(full["requests.memory"] ?? "")).toBe(amount("requests.memory"));
      for (const pod of [plain, filled]) await api.delete(refOf(pod), { uid: pod.metadata.uid });
    },
  );
});

const PODS = { m1: "10.1.0.1", m2: "10.2.0.1" } as const;

/** A Service of each cluster that others see; one that they do not; and one of another cloud. */
const SERVICES = [
  { namespace: "storefront-web", name: "web" },
  { namespace: "storefront-api", name: "api" },
  { namespace: "payments-core", name: "gateway" },
] as const;

type ServiceName = (typeof SERVICES)[number]["name"];

const podAddress = (cluster: MeshCluster, service: ServiceName): string =>
  `${PODS[cluster]}${SERVICES.findIndex(({ name }) => name === service)}`;

describe("configuration of workloads", () => {
  beforeAll(async () => {
    for (const cluster of MESH_CLUSTERS) {
      for (const { namespace, name } of SERVICES) {
        await waitForRoom(cluster, namespace);
        const address = podAddress(cluster, name);
        await addMeshService(fleet.lab.clusters[cluster], { namespace, name, address });
      }
    }
  });

  /** The quota counts a while longer what is deleted. */
  async function waitForRoom(cluster: MeshCluster, namespace: string): Promise<void> {
    const pod = podManifest(namespace, "probe");
    await waitFor(`room in ${namespace}`, () =>
      fleet.apis[cluster].apply(pod, { dryRun: true }).then(
        () => true,
        () => undefined,
      ),
    );
  }

  function workloadOf(cluster: MeshCluster, service: ServiceName): Promise<Workload> {
    const { namespace = "" } = SERVICES.find(({ name }) => name === service) ?? {};
    const istiod = fleet.istiods[cluster].clouds[service === "gateway" ? "payments" : "storefront"];
    return connectWorkload(istiod, { namespace, pod: `${service}-0`, address: podAddress(cluster, service) });
  }

  const hostOf = (service: ServiceName): string => {
    const { namespace = "" } = SERVICES.find(({ name }) => name === service) ?? {};
    return `outbound|80||${service}.${namespace}.svc.cluster.local`;
  };

  async function expectEndpoints(workload: Workload, service: ServiceName, expected: readonly string[]): Promise<void> {
    let last: readonly string[] = [];
    const what = (): string => `endpoints of ${service}, instead of ${last.join()}`;
    await waitFor(what, async () => {
      last = await workload.endpoints(hostOf(service));
      return last.length >= expected.length || undefined;
    });
    expect(last).toEqual([...expected].sort());
  }

  interface ServiceSpec {
    readonly ports: readonly { readonly port: number; readonly nodePort: number }[];
  }

  async function nodePortOf(cluster: MeshCluster): Promise<number> {
    const ref = { apiVersion: "v1", kind: "Service", namespace: "istio-storefront", name: GATEWAY };
    const spec = (await fleet.apis[cluster].get(ref))?.["spec"] as ServiceSpec | undefined;
    return spec?.ports.find(({ port }) => port === GATEWAY_PORTS.storefront)?.nodePort ?? 0;
  }

  test.for(MESH_CLUSTERS)("from %s, a gateway behind node ports is at its chosen node's address", async (cluster) => {
    const peer = OTHER[cluster];
    using workload = await workloadOf(cluster, "web");
    const nodePort = await nodePortOf(peer);
    expect(nodePort).toBeGreaterThanOrEqual(30_000);
    const gateway = `${GATEWAYS[peer].storefront}:${nodePort}`;
    await expectEndpoints(workload, "web", [`${podAddress(cluster, "web")}:8080`, gateway]);
  });

  test.for(MESH_CLUSTERS)(
    "from %s, a gateway behind external IPs is there at the port that was chosen",
    async (cluster) => {
      using workload = await workloadOf(cluster, "gateway");
      const gateway = `${GATEWAYS[OTHER[cluster]].payments}:${GATEWAY_PORTS.payments}`;
      await expectEndpoints(workload, "gateway", [`${podAddress(cluster, "gateway")}:8080`, gateway]);
    },
  );

  test.for(MESH_CLUSTERS)(
    "on %s, a Service that is not exported is answered by its own cluster alone",
    async (cluster) => {
      using workload = await workloadOf(cluster, "web");
      // by now, what is exported has been heard of from the other cluster, and this was there before
      await expectEndpoints(workload, "web", [
        `${podAddress(cluster, "web")}:8080`,
        `${GATEWAYS[OTHER[cluster]].storefront}:${await nodePortOf(OTHER[cluster])}`,
      ]);
      await expectEndpoints(workload, "api", [`${podAddress(cluster, "api")}:8080`]);
    },
  );

  async function listenerOf(workload: Workload, name: string): Promise<XdsListener> {
    const found = (await workload.listeners()).find((listener) => listener.name === name);
    if (found === undefined) throw new Error(`no listener ${name}`);
    return found;
  }

  test.for([
    ["web", "is strict", false],
    ["gateway", "is permissive", true],
  ] as const)("what reaches %s in plain text, where mTLS %s, is let in: %s", async ([service, , isLetIn]) => {
    using workload = await workloadOf("m1", service);
    const inbound = await listenerOf(workload, "virtualInbound");
    expect(plaintextChains(inbound).length > 0).toBe(isLetIn);
    const rules = rulesOf(inbound);
    expect(isDenied(rules, undefined)).toBe(!isLetIn);
    const trustDomain = isLetIn ? "payments.mesh" : "storefront.mesh";
    // who says of himself that he is of another namespace is turned away by both
    expect(isDenied(rules, `spiffe://${trustDomain}/ns/data-ml-etl/sa/default`)).toBe(true);
  });

  test.for([
    ["web", "any", "PassthroughCluster"],
    ["gateway", "registry-only", "BlackHoleCluster"],
  ] as const)("what %s sends to nobody known goes, with egress %s, to %s", async ([service, , cluster]) => {
    using workload = await workloadOf("m1", service);
    expect(catchAllOf(await listenerOf(workload, "virtualOutbound"))).toBe(cluster);
    expect((await workload.clusters()).map(({ name }) => name)).toContain(cluster);
  });
});
