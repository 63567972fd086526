import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { applyCluster } from "../../src/delivery/apply/apply-cluster.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import { USERS_NAMESPACE } from "../../src/model/labels.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { RBAC_GROUP } from "../../src/model/policy-rule.ts";
import { refOf } from "../../src/model/ref.ts";
import { keyGroup } from "../../src/x509/identity.ts";
import { connectTo } from "../delivery/lab-cluster.ts";
import { rendered } from "../delivery/rendered.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { waitFor } from "../lab/wait.ts";
import { makeCloud, run } from "./lab-access.ts";
import { isApproved } from "./planting.ts";
import { accountOf, requestOf, writeKubeconfigs } from "./scene.ts";

let lab: Lab<"east" | "eks">;
let api: KubeApi;

beforeAll(async () => {
  lab = await startLab([{ name: "east" }, { name: "eks", signer: false }]);
  api = await connectTo(lab, "east");
});
afterAll(async () => {
  api?.close();
  await lab?.stop();
});

const namespaceOf = (cloud: string): Manifest => ({ apiVersion: "v1", kind: "Namespace", metadata: { name: cloud } });

const bindingTo = (cloud: string, subject: object): Manifest => ({
  apiVersion: `${RBAC_GROUP}/v1`,
  kind: "RoleBinding",
  metadata: { name: "ada", namespace: cloud },
  roleRef: { apiGroup: RBAC_GROUP, kind: "ClusterRole", name: "view" },
  subjects: [subject],
});

/** The real kubectl with a kubeconfig that we have written. */
async function kubectl(kubeconfig: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(lab.kubectl, ["--kubeconfig", kubeconfig, ...args]);
  return stdout;
}

async function expectViewer(kubeconfig: string, cloud: string): Promise<void> {
  await waitFor(
    "the binding to count",
    async () => await kubectl(kubeconfig, "get", "configmaps", "-o", "name").catch(() => undefined),
  );
  expect(await kubectl(kubeconfig, "config", "current-context")).toBe(`ada@${cloud}.east\n`);
  await expect(kubectl(kubeconfig, "get", "configmaps", "-n", "default")).rejects.toThrow(/forbidden/i);
  await expect(kubectl(kubeconfig, "create", "configmap", "x")).rejects.toThrow(/forbidden/i);
}

test("a certificate lets its user in with kubectl until no binding names its key", async () => {
  const { cloud, ...scene } = await makeCloud();
  await api.apply(namespaceOf(cloud));
  const cluster = scene.render("east");
  const group = keyGroup((await scene.keys.ensureKey({ cloud, user: "ada" })).key);
  const binding = await api.apply(bindingTo(cloud, { kind: "Group", apiGroup: RBAC_GROUP, name: group }));
  const { access, grant } = await run(api, scene, cluster);
  expect(grant).toMatchObject({ outcome: "issued" });
  const [file] = await writeKubeconfigs([access], scene.stateDir);
  await expectViewer(file?.path ?? "", cloud);
  expect(await api.get(refOf(requestOf(cluster, `${cloud}/ada`)))).toBeUndefined();
  expect((await run(api, scene, cluster)).grant).toEqual({ ...grant, outcome: "kept" });
  await api.delete(refOf(binding), { uid: binding.metadata.uid });
  await waitFor("the certificate to be powerless", async () =>
    kubectl(file?.path ?? "", "get", "configmaps").then(
      () => undefined,
      (error: Error) => (error.message.includes("Forbidden") ? true : undefined),
    ),
  );
});

test("a context that leads to another cluster gets nobody in, and takes nothing away", async () => {
  const { path, ...scene } = await makeCloud();
  const cluster = scene.render("east");
  const [file] = await writeKubeconfigs([(await run(api, scene, cluster)).access], scene.stateDir);
  const before = await readFile(file?.path ?? "", "utf8");
  const swapped = await connectTo(lab, "east", "eks");
  const eks = await connectTo(lab, "eks");
  const delivered = await applyCluster(eks, rendered({}, { name: "eks" }), { removable: new Set(), removeMany: false });
  expect(delivered).toMatchObject({ failures: [], units: [{ failures: [] }] });

  const request = requestOf(cluster, path);
  await eks.create(request);
  for (const half of ["both", "collect", "approve"] as const) {
    const { access } = await run(swapped, scene, cluster, { half });
    expect(access.failures).toMatchObject([{ code: "WRONG_CLUSTER" }]);
    await writeKubeconfigs(half === "approve" ? [] : [access], scene.stateDir);
  }
  expect(isApproved(await eks.get(refOf(request)))).toBe(false);
  expect(await readFile(file?.path ?? "", "utf8")).toBe(before);
  for (const each of [swapped, eks]) each.close();
});

test("a cluster that signs nothing is told", async () => {
  const { path: _, ...scene } = await makeCloud();
  const eks = await connectTo(lab, "eks");
  const { grant } = await run(eks, scene, scene.render("eks"), { timeoutMs: 200 });
  expect(grant).toMatchObject({ outcome: "none", failure: { code: "CSR_TIMEOUT" } });
  eks.close();
});

test("a token lets its user in with kubectl, is kept, and ends with its ServiceAccount", async () => {
  const { cloud, path, ...scene } = await makeCloud();
  await api.apply(namespaceOf(cloud));
  const [, account] = accountOf(path) as [Manifest, Manifest];
  for (const manifest of accountOf(path)) await api.apply(manifest);
  await api.apply(bindingTo(cloud, { kind: "ServiceAccount", namespace: USERS_NAMESPACE, name: `${cloud}.ada` }));
  const cluster = scene.render("east", { identity: { kind: "service-account", expirationSeconds: 600 } });
  const { access, grant } = await run(api, scene, cluster);
  expect(grant).toMatchObject({ outcome: "issued" });
  const seconds = ((grant?.expires?.getTime() ?? 0) - api.serverTime().getTime()) / 1000;
  expect(Math.abs(seconds - 600)).toBeLessThan(30);
  const [file] = await writeKubeconfigs([access], scene.stateDir);
  await expectViewer(file?.path ?? "", cloud);
  await kubectl(file?.path ?? "", "config", "set-context", "--current", "--namespace", cloud);
  expect((await run(api, scene, cluster)).grant).toMatchObject({ outcome: "kept", expires: grant?.expires });
  const live = await api.get(refOf(account));
  await api.delete(refOf(account), { uid: live?.metadata.uid ?? "" });
  await api.apply(account);
  await waitFor("a new token", async () =>
    (await run(api, scene, cluster)).grant?.outcome === "issued" ? true : undefined,
  );
});
