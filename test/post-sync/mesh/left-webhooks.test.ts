import { expect, test } from "vitest";
import { chartInjectorName, chartValidatorName, ownValidatorName } from "../../../src/mesh/names.ts";
import type { Manifest } from "../../../src/model/manifest.ts";
import { refOf } from "../../../src/model/ref.ts";
import { codesOf, MESH, meshCluster, meshRun, renderedMeshes } from "./mesh-scene.ts";

/** As charts make one. */
const webhook = (kind: string, name: string, revision: string): Manifest => ({
  apiVersion: "admissionregistration.k8s.io/v1",
  kind,
  metadata: { name, labels: { "istio.io/rev": revision } },
  webhooks: [],
});

test("a webhook of a mesh that is gone from dist/ is told until it is gone, and nobody else's is", async () => {
  const m1 = await meshCluster("m1", "shop");
  const { run } = await meshRun();
  const fleet = [renderedMeshes("m1", { shop: MESH })];
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "istio-theirs" } };
  const webhooks = [
    webhook("ValidatingWebhookConfiguration", chartValidatorName("bank"), "bank"),
    webhook("ValidatingWebhookConfiguration", ownValidatorName("bank"), "bank"),
    webhook("MutatingWebhookConfiguration", chartInjectorName("bank"), "bank"),
  ];
  const others = [
    webhook("MutatingWebhookConfiguration", chartInjectorName("shop"), "shop"),
    webhook("MutatingWebhookConfiguration", chartInjectorName("theirs"), "theirs"),
    webhook("MutatingWebhookConfiguration", "istio-sidecar-injector", "default"),
  ];
  for (const manifest of [namespace, ...webhooks, ...others]) await m1.behind("helm").create(manifest);
  const [report] = await run([m1], fleet);
  expect(report?.failures).toEqual(
    webhooks.map(({ metadata: { name } }) => ({
      code: "MESH_NOT_REMOVED",
      message: expect.stringContaining(`WebhookConfiguration/${name} of the mesh of bank`),
    })),
  );
  for (const manifest of webhooks) m1.remove(refOf(manifest));
  expect(codesOf(await run([m1], fleet))).toEqual({ m1: [] });
});
