import { afterAll, beforeAll, expect, test } from "vitest";
import { connectKubeApi } from "../../src/kube-api/connect.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { NEIGHBOURS } from "./api-objects.ts";
import { faultsWith } from "./faults-with.ts";
import { NAMESPACE } from "./neighbours.ts";

let lab: Lab<"one">;
let api: KubeApi;
beforeAll(async () => {
  lab = await startLab([{ name: "one" }]);
  api = await connectKubeApi({ cluster: "one", kubeconfig: lab.kubeconfig, context: "one" });
  await api.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
});
afterAll(async () => {
  api?.close();
  await lab?.stop();
});

/** @returns Why the API server does not take it; undefined where it does. */
async function refusalOf(manifest: Manifest): Promise<string | undefined> {
  try {
    await api.apply(JSON.parse(JSON.stringify(manifest)), { dryRun: true });
    return undefined;
  } catch (error) {
    expect(error).toMatchObject({ code: expect.stringMatching(/^(REJECTED|NOT_FOUND)$/) });
    return String(error);
  }
}

const answersTo = (manifests: readonly Manifest[]) =>
  Promise.all(manifests.map(async (manifest) => ({ manifest, refusal: await refusalOf(manifest) })));

test.each(NEIGHBOURS)("synth and the API server take and refuse the same $what", async ({ right, wrong }) => {
  expect(right.filter((manifest) => faultsWith(manifest).length > 0)).toEqual([]);
  expect((await answersTo(right)).filter(({ refusal }) => refusal !== undefined)).toEqual([]);
  expect(wrong.filter((manifest) => faultsWith(manifest).length === 0)).toEqual([]);
  expect((await answersTo(wrong)).filter(({ refusal }) => refusal === undefined)).toEqual([]);
});
