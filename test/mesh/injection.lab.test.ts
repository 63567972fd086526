import { afterAll, beforeAll, expect, test } from "vitest";
import { connectKubeApi } from "../../src/kube-api/connect.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import { istiodChart } from "../../src/mesh/charts.ts";
import { gatewayManifests } from "../../src/mesh/gateway.ts";
import { namespaceManifest } from "../../src/mesh/mesh-namespace.ts";
import type { DedicatedMeshSpec } from "../../src/mesh/mesh-spec.ts";
import { ownValidator } from "../../src/mesh/own-validator.ts";
import { istiodValues } from "../../src/mesh/values.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { applyCrds, applyManifests } from "../lab/api.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { helmTemplate, type Istiods, istioCrds, startIstiods } from "../lab/istio.ts";
import { cacertsManifest, opensslCacerts } from "../lab/mesh-authority.ts";
import { podManifest } from "../lab/mesh-objects.ts";
import { waitFor } from "../lab/wait.ts";
import { exampleSpec } from "./example-spec.ts";

const CLOUDS = ["open", "cni"] as const;

const SPECS = {
  open: exampleSpec("open", { cni: false, podSecurity: "privileged" }),
  cni: exampleSpec("cni", { cni: true, podSecurity: "restricted" }),
};

let lab: Lab<"m1">;
let api: KubeApi;
let istiods: Istiods<(typeof CLOUDS)[number]>;

beforeAll(async () => {
  lab = await startLab([{ name: "m1" }]);
  api = await connectKubeApi({ cluster: "m1", kubeconfig: lab.kubeconfig, context: "m1" });
  await applyCrds(lab.clusters.m1, [await istioCrds()]);
  istiods = await startIstiods(lab.clusters.m1, CLOUDS);
  for (const cloud of CLOUDS) await install(SPECS[cloud]);
  for (const cloud of CLOUDS) await istiods.clouds[cloud].ready();
});

afterAll(async () => {
  await istiods?.stop();
  api?.close();
  await lab?.stop();
});

async function install(spec: DedicatedMeshSpec): Promise<void> {
  const { cloud } = spec;
  const { m1: authority } = await opensslCacerts(cloud, ["m1"]);
  const { name, namespace } = istiodChart(spec);
  await api.apply(namespaceManifest(spec));
  const istiod = await helmTemplate({ chart: "istiod", release: name, namespace, values: istiodValues(spec) });
  await applyManifests(lab.clusters.m1, [...istiod, ownValidator(cloud), cacertsManifest(cloud, authority)]);
}

/** A namespace of a cloud whose pods are held to a level. */
async function addNamespace(cloud: string, name: string, level: string): Promise<void> {
  const labels = {
    "logical-clouds.io/cloud": cloud,
    "istio.io/rev": cloud,
    "pod-security.kubernetes.io/enforce": level,
  };
  await api.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels } });
  await waitFor("its ServiceAccount", () =>
    api.get({ apiVersion: "v1", kind: "ServiceAccount", namespace: name, name: "default" }),
  );
}

const containersOf = (pod: Manifest): readonly string[] => {
  const { containers = [], initContainers = [] } = pod["spec"] as Readonly<Record<string, readonly { name: string }[]>>;
  return [...initContainers, ...containers].map(({ name }) => name);
};

test.for([
  { cloud: "open", level: "privileged", containers: ["istio-init", "istio-proxy", "app"] },
  { cloud: "open", level: "baseline", containers: undefined },
  { cloud: "open", level: "restricted", containers: undefined },
  { cloud: "cni", level: "privileged", containers: ["istio-validation", "istio-proxy", "app"] },
  { cloud: "cni", level: "baseline", containers: ["istio-validation", "istio-proxy", "app"] },
  { cloud: "cni", level: "restricted", containers: ["istio-validation", "istio-proxy", "app"] },
])("a pod with the sidecar of $cloud at level $level has $containers", async ({ cloud, level, containers }) => {
  const namespace = `${cloud}-${level}`;
  await addNamespace(cloud, namespace, level);
  const created = api.apply(podManifest(namespace, "web"));
  if (containers === undefined) await expect(created).rejects.toThrow(`violates PodSecurity "${level}:latest"`);
  else expect(containersOf(await created)).toEqual(containers);
});

test("a quota holds as many pods as its limits have room for with their sidecars", async () => {
  await addNamespace("cni", "cni-quota", "restricted");
  await api.apply({
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: { name: "quota", namespace: "cni-quota" },
    spec: { hard: { "limits.cpu": "1200m", "requests.memory": "1Gi" } },
  });
  await waitFor("the quota is counted", async () => {
    const ref = { apiVersion: "v1", kind: "ResourceQuota", namespace: "cni-quota", name: "quota" };
    return (await api.get(ref))?.["status"] === undefined ? undefined : true;
  });
  await api.apply(podManifest("cni-quota", "a"));
  await api.apply(podManifest("cni-quota", "b"));
  await expect(api.apply(podManifest("cni-quota", "c"))).rejects.toThrow(/exceeded quota.*limits\.cpu=1200m/);
});

test("a gateway gets its image by the webhook, and keeps to the strictest level", async () => {
  const [account, deployment] = gatewayManifests(SPECS.cni);
  if (account === undefined || deployment === undefined) throw new Error("no gateway");
  await api.apply(account);
  const { template } = deployment["spec"] as {
    readonly template: { readonly metadata: object; readonly spec: object };
  };
  const metadata = { ...template.metadata, name: "gateway-0", namespace: "istio-cni" };
  const pod = await api.apply({ apiVersion: "v1", kind: "Pod", metadata, spec: template.spec });
  const { containers } = pod["spec"] as { readonly containers: readonly { readonly image: string }[] };
  expect(containers.map(({ image }) => image)).toEqual(["docker.io/istio/proxyv2:1.31.1"]);
});

test("what a user writes in a cloud's namespace is checked by the cloud's own control plane", async () => {
  await addNamespace("cni", "cni-user", "restricted");
  const policy = (ipBlock: string): Manifest => ({
    apiVersion: "security.istio.io/v1",
    kind: "AuthorizationPolicy",
    metadata: { name: "mine", namespace: "cni-user" },
    spec: { action: "DENY", rules: [{ from: [{ source: { ipBlocks: [ipBlock] } }] }] },
  });
  await expect(api.apply(policy("nowhere"))).rejects.toThrow(/admission webhook "cloud\.validation\.istio\.io"/);
  await api.apply(policy("192.0.2.1"));
});
