import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import { istiodName, meshNamespace } from "../../src/mesh/names.ts";
import { ownValidator } from "../../src/mesh/own-validator.ts";
import { MANAGED_BY, MANAGED_BY_LABEL } from "../../src/model/labels.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { refOf } from "../../src/model/ref.ts";
import { gatewayUnit, meshUnit } from "../../src/model/units.ts";
import type { RenderedUnit } from "../../src/rendered/rendered-cluster.ts";
import { meta, namespaceOf } from "../delivery/rendered.ts";

/** The parts of a cloud's mesh of which agents know more than that they are objects. */
export interface LabMesh {
  readonly namespace: Manifest;
  readonly controlPlane: Manifest;
  readonly validator: Manifest;
  readonly gateway: Manifest;
  /** In a namespace of the cloud, which outlives the mesh. */
  readonly policy: Manifest;
  readonly units: readonly RenderedUnit[];
}

/** What meshes share, small. */
export const labCrd: Manifest = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "gateways.networking.istio.io", labels: { [MANAGED_BY_LABEL]: MANAGED_BY } },
  spec: {
    group: "networking.istio.io",
    scope: "Namespaced",
    names: { kind: "Gateway", listKind: "GatewayList", plural: "gateways", singular: "gateway" },
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
  },
};

/** A mesh whose control plane nobody runs: {@link setRunning} says that it does. */
export function labMesh(cloud: string): LabMesh {
  const istio = meshNamespace(cloud);
  const labels = { app: "istiod" };
  const namespace = namespaceOf(cloud, istio);
  const controlPlane: Manifest = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: meta(cloud, istiodName(cloud), istio),
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "discovery", image: "istiod" }] } },
    },
  };
  const validator = ownValidator(cloud);
  const gateway: Manifest = {
    apiVersion: "v1",
    kind: "Service",
    metadata: meta(cloud, "istio-eastwestgateway", istio),
    spec: { ports: [{ port: 15443 }] },
  };
  const policy: Manifest = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: meta(cloud, "policy", cloud),
    data: { mode: "STRICT" },
  };
  const units = [
    { name: meshUnit(cloud), cloud, manifests: [namespace, controlPlane, validator] },
    { name: gatewayUnit(cloud), cloud, manifests: [gateway, policy] },
  ];
  return { namespace, controlPlane, validator, gateway, policy, units };
}

/** As a controller says of a control plane that it runs, or does not. @throws Error where it is not there. */
export async function setRunning(api: KubeApi, { controlPlane }: LabMesh, isRunning: boolean): Promise<void> {
  const live = await api.get(refOf(controlPlane));
  if (live === undefined) throw new Error("there is no control plane");
  const count = isRunning ? 1 : 0;
  const counts = { replicas: 1, updatedReplicas: 1, readyReplicas: count, availableReplicas: count };
  const conditions = [
    { type: "Available", status: isRunning ? "True" : "False" },
    { type: "Progressing", status: "True", reason: "NewReplicaSetAvailable" },
  ];
  const observedGeneration = live.metadata["generation" as keyof typeof live.metadata];
  await api.replace({ ...live, status: { observedGeneration, ...counts, conditions } }, { subresource: "status" });
}
