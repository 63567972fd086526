import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectKubeApi } from "../../src/kube-api/connect.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { isKept, parseQuantity } from "../../src/model/quantity.ts";
import { readDist } from "../../src/rendered/read-dist.ts";
import { checkNetworkPolicy } from "../../src/synthesis/check-network.ts";
import { fitsScope, quotaKeyFault } from "../../src/synthesis/quota-keys.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { policyWith, RIGHT_RULES, WRONG_RULES } from "./network-policies.ts";
import { randomFleet, synthesize } from "./random-fleets.ts";

let lab: Lab<"one">;
let api: KubeApi;
beforeAll(async () => {
  lab = await startLab([{ name: "one" }]);
  api = await connectKubeApi({ cluster: "one", kubeconfig: lab.kubeconfig, context: "one" });
  await api.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "quotas" } });
});
afterAll(async () => {
  api?.close();
  await lab?.stop();
});

const accepts = (manifest: Manifest): Promise<boolean> =>
  api.apply(manifest, { dryRun: true }).then(
    () => true,
    (error: unknown) => {
      expect(error).toMatchObject({ code: "REJECTED" });
      return false;
    },
  );

const quota = (spec: object): Manifest => ({
  apiVersion: "v1",
  kind: "ResourceQuota",
  metadata: { name: "quota", namespace: "quotas" },
  spec,
});

/** Groups of what operators bring along. */
const OF_CRDS: readonly string[] = ["istio.io", "sailoperator.io", "cert-manager.io"];

test("whatever is rendered passes a strict dry run", async () => {
  await fc.assert(
    fc.asyncProperty(randomFleet, async (fleet) => {
      for (const { units, clouds } of await readDist(synthesize(fleet).outdir)) {
        const manifests = [...units.flatMap((unit) => unit.manifests), ...clouds.flatMap(({ requests }) => requests)];
        for (const manifest of manifests) {
          // the rest of a dry run is answered with 404 where these are not there
          if (manifest.kind === "Namespace") await api.apply(manifest, { force: true });
        }
        const known = manifests.filter(({ apiVersion }) => !OF_CRDS.some((group) => apiVersion.includes(`${group}/`)));
        await Promise.all(known.map((manifest) => api.apply(manifest, { dryRun: true, force: true })));
      }
    }),
    { numRuns: 15 },
  );
});

test("zones of every mode and provider pass a strict dry run", async () => {
  for (const { units } of await readDist(fileURLToPath(new URL("../golden/zones", import.meta.url)))) {
    const manifests = units.flatMap((unit) => unit.manifests);
    for (const manifest of manifests.filter(({ kind }) => kind === "Namespace")) {
      await api.apply(manifest, { force: true });
    }
    await Promise.all(manifests.map((manifest) => api.apply(manifest, { dryRun: true, force: true })));
  }
});

test("a NetworkPolicy is as right for the API server as for us", async () => {
  const answers = (rules: readonly object[]) => Promise.all(rules.map((rule) => accepts(policyWith(rule))));
  expect(RIGHT_RULES.filter((rule) => checkNetworkPolicy(policyWith(rule)).length > 0)).toEqual([]);
  expect(await answers(RIGHT_RULES)).toEqual(RIGHT_RULES.map(() => true));
  expect(WRONG_RULES.filter((rule) => checkNetworkPolicy(policyWith(rule)).length === 0)).toEqual([]);
  expect(await answers(WRONG_RULES)).toEqual(WRONG_RULES.map(() => false));
});

test.each([
  "1m",
  "0.0001Ki",
  "0.1Gi",
  "0.001",
  "1e-3",
  "1.5",
  "0.0001",
  "1e-7",
  "999u",
  "0.0001Gi",
  "1.0001k",
  "1500000n",
])("%s is kept by the API server exactly if we take it", async (amount) => {
  const live = await api.apply(quota({ hard: { "limits.cpu": amount } }), { dryRun: true });
  const { hard } = live["spec"] as { readonly hard: Readonly<Record<string, string>> };
  const kept = Number(parseQuantity(hard["limits.cpu"] ?? "")?.toPrecision(12));
  expect(isKept(amount)).toBe(kept === Number(parseQuantity(amount)?.toPrecision(12)));
});

const KEYS = [
  ...["cpu", "memory", "requests.cpu", "limits.memory", "ephemeral-storage", "requests.storage", "pods", "secrets"],
  ...["persistentvolumeclaims", "services.nodeports", "count/pods", "count/jobs.batch", "requests.nvidia.com/gpu"],
  ...["hugepages-2Mi", "gold.storageclass.storage.k8s.io/requests.storage", "gpu.deviceclass.resource.k8s.io/devices"],
];

test.each(KEYS)("a quota of %s is as right for the API server as for us", async (key) => {
  expect(quotaKeyFault(key)).toBeUndefined();
  expect(await accepts(quota({ hard: { [key]: "1" } }))).toBe(true);
});

test.each([
  ...["BestEffort", "NotBestEffort", "Terminating", "NotTerminating", "PriorityClass", "CrossNamespacePodAffinity"],
  "VolumeAttributesClass",
])("what fits scope %s fits it for the API server", async (scope) => {
  const fitting = KEYS.filter((key) => fitsScope(scope, key));
  const answers = await Promise.all(fitting.map((key) => accepts(quota({ hard: { [key]: "1" }, scopes: [scope] }))));
  expect(fitting.filter((_, index) => !answers[index])).toEqual([]);
});

test.each(["secrets", "requests.storage", "ephemeral-storage"])("%s fits no scope of pods", async (key) => {
  expect(fitsScope("NotTerminating", key)).toBe(false);
  expect(await accepts(quota({ hard: { [key]: "1" }, scopes: ["NotTerminating"] }))).toBe(false);
});
