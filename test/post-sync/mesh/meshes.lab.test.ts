import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { KubeApi } from "../../../src/kube-api/kube-api.ts";
import { parseRemote, REMOTE_LABEL } from "../../../src/mesh/remote-secret.ts";
import type { LiveManifest, Manifest } from "../../../src/model/manifest.ts";
import type { ProgressEvent } from "../../../src/model/progress.ts";
import { lookAtTrust } from "../../../src/post-sync/mesh/look-at-trust.ts";
import { addReaderToken } from "../../../src/post-sync/mesh/reader-token.ts";
import { meshRules } from "../../../src/post-sync/mesh/roles.ts";
import type { RenderedCluster } from "../../../src/rendered/rendered-cluster.ts";
import { connectTo } from "../../delivery/lab-cluster.ts";
import { asHolderOf } from "../../lab/accounts.ts";
import { mergePatch } from "../../lab/api.ts";
import { type Lab, startLab } from "../../lab/clusters.ts";
import { withOneRightLess } from "../../lab/fewer-rights.ts";
import { runningPod } from "../../lab/istiod-objects.ts";
import { podManifest, setGatewayAddress } from "../../lab/mesh-objects.ts";
import { waitFor } from "../../lab/wait.ts";
import { codesOf, deliveredMesh, MESH, meshRun, REMOTES_OF, renderedMeshes, secretOf } from "./mesh-scene.ts";

const CLOUDS = ["bank", "shop"] as const;
const NAMES = ["m1", "m2"] as const;

let lab: Lab<"m1" | "m2">;
const apis = new Map<string, KubeApi>();

beforeAll(async () => {
  lab = await startLab([{ name: "m1" }, { name: "m2" }]);
  for (const name of NAMES) {
    const api = await connectTo(lab, name);
    apis.set(name, api);
    for (const namespace of ["lcloud-system", ...CLOUDS]) {
      await api.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    }
  }
});

/** Each test finds the meshes as a delivery leaves them: with no Secret of ours. */
beforeEach(async () => {
  for (const api of apis.values()) {
    for (const cloud of CLOUDS) {
      for (const manifest of deliveredMesh(cloud)) await api.apply(onServer(manifest));
      await setGatewayAddress(lab.clusters[api.cluster as "m1"], cloud, "203.0.113.1");
    }
    await emptied(api);
  }
});

afterAll(async () => {
  for (const api of apis.values()) api.close();
  await lab?.stop();
});

const SECRETS = { apiVersion: "v1", kind: "Secret" };

const onServer = (manifest: Manifest): Manifest =>
  manifest.kind === "Service"
    ? { ...manifest, spec: { type: "LoadBalancer", ports: [{ name: "tls", port: 15443 }] } }
    : manifest;

const apiOf = (name: string): KubeApi => apis.get(name) as KubeApi;

const fleet = (): readonly RenderedCluster[] =>
  NAMES.map((name) =>
    renderedMeshes(
      name,
      { bank: { ...MESH, trustDomain: "bank.mesh", namespaces: ["bank"] }, shop: MESH },
      { access: { kubeconfig: lab.kubeconfig, context: name } },
    ),
  );

const BY_KUBECONFIG = { connect: (target: { readonly cluster: string }) => connectTo(lab, target.cluster) };

async function remotesOf(name: string, cloud: string): Promise<ReadonlyMap<string, string>> {
  const live = (await apiOf(name).get(REMOTES_OF(cloud))) as LiveManifest;
  return new Map(
    Object.entries((live?.["data"] ?? {}) as Readonly<Record<string, string>>).map(([cluster, text]) => [
      cluster,
      Buffer.from(text, "base64").toString(),
    ]),
  );
}

const REVIEW = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview", metadata: { name: "" } };

/** Whom a cluster's API server takes the holder of an entry for. */
async function whoIs(name: string, text: string | undefined): Promise<unknown> {
  const entry = parseRemote(name, text ?? "");
  const reader = apiOf(name).as({ kind: "token", token: entry?.token ?? "" });
  const { status } = await reader.create(REVIEW);
  reader.close();
  return (status as { readonly userInfo: { readonly username: string } }).userInfo.username;
}

test("two clouds join in two clusters, each by tokens that the other cluster's API server takes", async () => {
  const { run } = await meshRun(CLOUDS);
  expect(codesOf(await run([], fleet(), BY_KUBECONFIG))).toEqual({ m1: [], m2: [] });
  for (const cloud of CLOUDS) {
    const [first, second] = [await remotesOf("m1", cloud), await remotesOf("m2", cloud)];
    expect(first).toEqual(second);
    expect([...first.keys()]).toEqual(["m1", "m2"]);
    for (const name of NAMES) {
      const account = `system:serviceaccount:istio-${cloud}:istio-reader-service-account`;
      expect(await whoIs(name, first.get(name))).toBe(account);
      const { server, certificateAuthority } = apiOf(name).endpoint;
      expect(parseRemote(name, first.get(name) ?? "")?.endpoint).toEqual({ server, certificateAuthority });
      const cacerts = await apiOf(name).get(secretOf(cloud, "cacerts"));
      expect(Object.keys(cacerts?.["data"] as object).sort()).toEqual([
        "ca-cert.pem",
        "ca-key.pem",
        "cert-chain.pem",
        "root-cert.pem",
      ]);
    }
  }
  const again = await run([], fleet(), BY_KUBECONFIG);
  expect(again.flatMap(({ meshes }) => meshes)).toMatchObject(
    Array.from({ length: 4 }, () => ({ trust: "kept", remotes: "unchanged", clusters: ["m1", "m2"] })),
  );
});

test("clusters join while the gateway of another is waited for, which joins in the same run", async () => {
  await setGatewayAddress(lab.clusters.m2, "bank", undefined);
  let meanwhile: Promise<readonly (readonly string[])[]> | undefined;
  const giveAddress = async () => {
    // the other cloud does not wait, and is not waited for
    await waitFor("shop", async () => (await remotesOf("m1", "shop")).size === 2 || undefined);
    const known = await Promise.all(NAMES.map(async (name) => [...(await remotesOf(name, "bank")).keys()]));
    await setGatewayAddress(lab.clusters.m2, "bank", "203.0.113.2");
    return known;
  };
  const onProgress = (event: ProgressEvent): void => {
    if (event.kind === "step" && event.text.startsWith("waits for an address")) meanwhile ??= giveAddress();
  };
  const { run } = await meshRun(CLOUDS);
  const reports = await run([], fleet(), { ...BY_KUBECONFIG, timeoutMs: 60_000, onProgress });
  expect(await meanwhile).toEqual([["m1"], ["m1"]]);
  expect(codesOf(reports)).toEqual({ m1: [], m2: [] });
  expect([...(await remotesOf("m1", "bank")).keys()]).toEqual(["m1", "m2"]);
  expect(await remotesOf("m2", "bank")).toEqual(await remotesOf("m1", "bank"));
});

test("tokens are renewed new before old, and the old one is worth nothing then", async () => {
  const { run } = await meshRun(CLOUDS);
  await run([], fleet(), BY_KUBECONFIG);
  const old = (await remotesOf("m2", "shop")).get("m1");
  await addReaderToken(apiOf("m1"), "shop", 10_000);
  expect(await whoIs("m1", old)).toContain("istio-shop");
  expect(codesOf(await run([], fleet(), BY_KUBECONFIG))).toEqual({ m1: [], m2: [] });
  const renewed = (await remotesOf("m2", "shop")).get("m1");
  expect(renewed).not.toBe(old);
  expect(await whoIs("m1", renewed)).toContain("istio-shop");
  await waitFor("end of the old token", () =>
    whoIs("m1", old).then(
      () => undefined,
      () => true,
    ),
  );
});

test("a cluster that is down stays, and is waited for by no other's trust", async () => {
  const { run } = await meshRun(CLOUDS);
  await run([], fleet(), BY_KUBECONFIG);
  const known = await remotesOf("m1", "shop");
  await lab.clusters.m2.kill();
  try {
    const reports = await run([], fleet(), BY_KUBECONFIG);
    expect(codesOf(reports)).toEqual({ m1: [], m2: ["UNREACHABLE"] });
    expect(await remotesOf("m1", "shop")).toEqual(known);
  } finally {
    await lab.clusters.m2.restart();
  }
  await waitFor("m2", () =>
    apiOf("m2")
      .get(REMOTES_OF("shop"))
      .catch(() => undefined),
  );
  expect(codesOf(await run([], fleet(), BY_KUBECONFIG))).toEqual({ m1: [], m2: [] });
});

test("an API server keeps a Secret that somebody has changed since it was read", async () => {
  const { run } = await meshRun(CLOUDS);
  await run([], fleet(), BY_KUBECONFIG);
  const api = apiOf("m1");
  const live = (await api.get(REMOTES_OF("shop"))) as LiveManifest;
  await api.replace({ ...live, data: {} }, { manager: "kubectl" });
  await expect(api.replace(live, { manager: "logical-clouds-mesh" })).rejects.toMatchObject({ code: "CONFLICT" });
  expect(codesOf(await run([], fleet(), BY_KUBECONFIG))).toEqual({ m1: [], m2: [] });
  expect([...(await remotesOf("m1", "shop")).keys()]).toEqual(["m1", "m2"]);
  const { labels } = ((await api.get(REMOTES_OF("shop"))) as LiveManifest).metadata;
  expect(labels?.[REMOTE_LABEL]).toBe("true");
});

/** A pod of a control plane that is ready, as far as the API shows it. */
async function addIstiod(cloud: string): Promise<void> {
  const namespace = `istio-${cloud}`;
  await apiOf("m1").apply(podManifest(namespace, "istiod"));
  const path = `/api/v1/namespaces/${namespace}/pods/istiod-0/status`;
  await mergePatch(lab.clusters.m1, path, { status: runningPod("192.0.2.1") });
}

/**
 * One run after another whose steps take every right: joining, renewing a token and an authority, another cluster that
 * leaves, a look at who trusts whom.
 */
async function runAs(name: string, roles: readonly Manifest[]): Promise<readonly string[]> {
  const holder = await asHolderOf(apiOf("m1"), name, roles);
  const others = apiOf("m2");
  const connect = async ({ cluster }: { readonly cluster: string }) => (cluster === "m1" ? holder : others);
  const { run, store } = await meshRun(CLOUDS);
  const failures: string[] = [];
  const note = async (rendered: readonly RenderedCluster[]): Promise<void> => {
    const reports = await run([], rendered, { connect });
    failures.push(...reports.flatMap((report) => (report.cluster === "m1" ? report.failures : [])).map(toText));
  };
  await note(fleet());
  for (const cloud of CLOUDS) {
    await addReaderToken(apiOf("m1"), cloud, 10_000);
    const clusters = [{ cluster: "m1", trustDomain: `${cloud}.mesh`, nameConstraints: false }];
    await store.ensureTrust({ cloud, clusters, now: new Date(), renew: "all" });
  }
  await note(fleet());
  await note(fleet().slice(0, 1));
  for (const cloud of CLOUDS) {
    const live = await lookAtTrust(holder, cloud, [cloud]);
    failures.push(...(live.kind === "unknown" ? [toText(live.failure)] : []));
  }
  holder.close();
  return failures;
}

const toText = ({ code, message }: { readonly code: string; readonly message: string }): string => `${code} ${message}`;

test("meshes take nothing but their role", async () => {
  for (const cloud of CLOUDS) await addIstiod(cloud);
  const [m1] = fleet() as [RenderedCluster];
  expect(await runAs("mia", meshRules(m1))).toEqual([]);
});

test("with one right less, what that is for is forbidden", { timeout: 240_000 }, async () => {
  for (const cloud of CLOUDS) await addIstiod(cloud);
  const [m1] = fleet() as [RenderedCluster];
  const fewer = withOneRightLess(meshRules(m1));
  expect(fewer.length).toBeGreaterThan(12);
  for (const [index, { lacking, roles }] of fewer.entries()) {
    for (const api of apis.values()) await emptied(api);
    const forbidden = (await runAs(`mia-${index}`, roles)).filter((text) => text.startsWith("FORBIDDEN"));
    expect(forbidden, lacking).not.toEqual([]);
  }
});

async function emptied(api: KubeApi): Promise<void> {
  for (const cloud of CLOUDS) {
    for (const { metadata } of await api.list(SECRETS, { namespace: `istio-${cloud}` })) {
      await api.delete({ ...SECRETS, ...metadata }, { uid: metadata.uid });
    }
  }
}
