import type { Manifest } from "../../src/model/manifest.ts";
import type { RenderedCluster, RenderedUnit } from "../../src/rendered/rendered-cluster.ts";
import type { FakeCluster } from "../fakes/fake-cluster.ts";
import { cloudObjects, meta, namespaceOf, rendered } from "./rendered.ts";

export const controlPlane: Manifest = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: meta("shop", "istiod-shop", "istio-shop"),
  spec: { replicas: 1 },
};

export const webhook: Manifest = {
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "MutatingWebhookConfiguration",
  metadata: meta("shop", "istio-sidecar-injector-shop-istio-shop"),
  webhooks: [],
};

export const crd: Manifest = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "gateways.networking.istio.io", labels: { "app.kubernetes.io/managed-by": "lcloud" } },
  spec: { group: "networking.istio.io" },
};

export const gateway: Manifest = {
  apiVersion: "v1",
  kind: "Service",
  metadata: meta("shop", "istio-eastwestgateway", "istio-shop"),
  spec: { ports: [{ port: 15443 }] },
};

/** In a namespace of the cloud, which outlives the mesh. */
export const policy: Manifest = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: meta("shop", "policy", "shop"),
  data: { mode: "STRICT" },
};

export const meshUnits: readonly RenderedUnit[] = [
  { name: "lc-mesh-shop", cloud: "shop", manifests: [namespaceOf("shop", "istio-shop"), controlPlane, webhook] },
  { name: "lc-gateway-shop", cloud: "shop", manifests: [gateway, policy] },
];

export const clouds = rendered({ bank: cloudObjects("bank"), shop: cloudObjects("shop") });

/** What dist/ holds where cloud shop has a mesh. */
export function meshed(cluster: RenderedCluster = clouds, units: readonly RenderedUnit[] = meshUnits): RenderedCluster {
  const [shared, ...ofClouds] = cluster.units as readonly [RenderedUnit, ...RenderedUnit[]];
  return { ...cluster, units: [shared, { name: "lc-platform", manifests: [crd] }, ...ofClouds, ...units] };
}

/** As the control plane of a cloud runs, or does not. */
export async function report(cluster: FakeCluster, status: "True" | "False", cloud = "shop"): Promise<void> {
  const controller = cluster.behind("controller");
  const { apiVersion, kind } = controlPlane;
  const live = await controller.get({ apiVersion, kind, name: `istiod-${cloud}`, namespace: `istio-${cloud}` });
  if (live === undefined) throw new Error("there is no control plane");
  const conditions = [{ type: "Available", status }];
  await controller.replace({ ...live, status: { conditions } }, { subresource: "status" });
}
