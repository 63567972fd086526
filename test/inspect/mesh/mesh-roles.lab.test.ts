import { afterAll, beforeAll, expect, test } from "vitest";
import { inspectCluster } from "../../../src/inspect/inspect-cluster.ts";
import { meshSecretRules } from "../../../src/inspect/mesh/roles.ts";
import { readRules } from "../../../src/inspect/roles.ts";
import type { MeshTrust } from "../../../src/keys/mesh-trust.ts";
import { connectKubeApi } from "../../../src/kube-api/connect.ts";
import type { KubeApi } from "../../../src/kube-api/kube-api.ts";
import type { Manifest } from "../../../src/model/manifest.ts";
import type { MeshStatus } from "../../../src/model/mesh-status.ts";
import { clusterRole } from "../../../src/model/policy-rule.ts";
import { asHolderOf } from "../../lab/accounts.ts";
import { type Lab, startLab } from "../../lab/clusters.ts";
import { withOneRightLess } from "../../lab/fewer-rights.ts";
import { waitFor } from "../../lab/wait.ts";
import { clusterOf, deliverMesh, knowing, makeTrust, NOW, namespace, SHOP } from "./mesh-scene.ts";

const cluster = clusterOf("east", { ...SHOP, exposure: "NodePort" });
const READS = [{ apiGroups: [""], resources: ["namespaces"], verbs: ["get", "list", "watch"] }];

let lab: Lab<"east">;
let api: KubeApi;
let trust: MeshTrust;
let token: string;

beforeAll(async () => {
  lab = await startLab([{ name: "east" }]);
  api = await connectKubeApi({ cluster: "east", context: "east", kubeconfig: lab.kubeconfig });
  trust = await makeTrust();
  await api.apply(namespace("lcloud-system"));
  await asHolderOf(api, "reader", [clusterRole("reader", READS)]);
  token = await tokenOf("reader");
  const service = { type: "NodePort" };
  const annotations = { "traffic.istio.io/nodeSelector": "{}" };
  await deliverMesh(api, trust, { east: token, west: token }, { service, annotations });
  const status = { addresses: [{ type: "ExternalIP", address: "192.0.2.1" }] };
  const node = await api.create({ apiVersion: "v1", kind: "Node", metadata: { name: "node" } });
  await api.replace({ ...node, status }, { subresource: "status" });
});

afterAll(async () => {
  api?.close();
  await lab?.stop();
});

async function tokenOf(name: string): Promise<string> {
  const metadata = { name, namespace: "default" };
  const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", metadata, spec: {} };
  const { status } = await api.create(request, { subresource: "token" });
  return (status as { readonly token: string }).token;
}

async function meshAs(holder: KubeApi): Promise<MeshStatus> {
  const status = await inspectCluster(holder, cluster, { stateDir: "/nowhere", now: NOW }, knowing(trust));
  if (holder !== api) holder.close();
  const { mesh } = status.clouds[0] ?? {};
  if (mesh === undefined) throw new TypeError(`no mesh is told: ${JSON.stringify(status.failures)}`);
  return { ...mesh, failures: [...mesh.failures, ...status.failures] };
}

const all = (): readonly Manifest[] => [...readRules(cluster), ...meshSecretRules(cluster)];

test("the roles that are printed for readers suffice to see a mesh, and the token of its reader works", async () => {
  expect(await meshAs(await asHolderOf(api, "whole", all()))).toMatchObject({
    controlPlane: { state: "available" },
    authority: { state: "ours" },
    gateway: { state: "reachable", addresses: ["192.0.2.1"] },
    remotes: [{ token: "works" }, { token: "unknown" }],
    ...{ alarms: [], remarks: [], failures: [] },
  });
});

test("without read-mesh, Secrets are remarks and everything else is seen", async () => {
  const { remarks, failures, gateway } = await meshAs(await asHolderOf(api, "plain", readRules(cluster)));
  expect({ refused: remarks.length, failures, gateway: gateway.state }).toEqual({
    refused: 3,
    failures: [],
    gateway: "reachable",
  });
});

test("whoever has one right less is told so, for each of them", async () => {
  const ofMeshes = withOneRightLess(all()).filter(
    // what the status of other parts needs is told with them
    ({ lacking }) => !/certificatesigningrequests|list namespaces/.test(lacking),
  );
  expect(ofMeshes.length).toBeGreaterThan(8);
  for (const [index, { lacking, roles, refusal }] of ofMeshes.entries()) {
    const { failures, remarks } = await meshAs(await asHolderOf(api, `less-${index}`, roles));
    const told = [...failures.map(({ message }) => message), ...remarks];
    expect(told, lacking).toContainEqual(expect.stringMatching(refusal));
  }
});

test("the token of a reader that is gone is told as refused", async () => {
  const reader = { apiVersion: "v1", kind: "ServiceAccount", namespace: "default", name: "reader" };
  const { metadata } = (await api.get(reader)) ?? {};
  await api.delete(reader, { uid: metadata?.uid ?? "" });
  const refused = async () => (await meshAs(api)).remotes[0]?.token === "refused" || undefined;
  expect(await waitFor("the token to be refused", refused)).toBe(true);
});
