import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import { GATEWAY_PORT } from "../../src/mesh/names.ts";
import type { JsonObject, Manifest } from "../../src/model/manifest.ts";
import type { Ref } from "../../src/model/ref.ts";
import { applyManifests, mergePatch } from "./api.ts";
import type { LabCluster } from "./cluster.ts";
import { podManifest as deploymentPod, deploymentStatus, runningPod } from "./istiod-objects.ts";

/** A Service of one port, and a pod behind it. */
export interface MeshService {
  readonly namespace: string;
  /** Of the Service; the pod is called `<name>-0`. */
  readonly name: string;
  /** `status.podIP` */
  readonly address: string;
}

const PORT = 80;
const POD_PORT = 8080;

/**
 * Add a Service with a pod that runs, as far as the API shows it. The pod goes through the API server's admission, where
 * the cloud's webhook gives it a sidecar.
 */
export async function addMeshService(cluster: LabCluster, { namespace, name, address }: MeshService): Promise<void> {
  const labels = { app: name };
  await applyManifests(cluster, [
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name, namespace },
      spec: { selector: labels, ports: [{ name: "http", port: PORT, targetPort: POD_PORT }] },
    },
    sliceManifest({ namespace, name, address }),
  ]);
  await addMeshPod(cluster, { namespace, name, address });
}

async function addMeshPod(cluster: LabCluster, { namespace, name, address }: MeshService): Promise<void> {
  await applyManifests(cluster, [podManifest(namespace, name)]);
  await mergePatch(cluster, `/api/v1/namespaces/${namespace}/pods/${name}-0/status`, { status: runningPod(address) });
}

/**
 * Add a Gateway that lets every Service of the mesh through, for pods with the label `app` of this name, and such a pod.
 *
 * @returns The pod's name.
 */
export async function addOpenGateway(cluster: LabCluster, { namespace, name, address }: MeshService): Promise<string> {
  await addMeshPod(cluster, { namespace, name, address });
  const server = {
    port: { number: GATEWAY_PORT, name: "tls", protocol: "TLS" },
    tls: { mode: "AUTO_PASSTHROUGH" },
    hosts: ["*"],
  };
  const gateway = { apiVersion: "networking.istio.io/v1", kind: "Gateway", metadata: { namespace, name: "open" } };
  await applyManifests(cluster, [{ ...gateway, spec: { selector: { app: name }, servers: [server] } }]);
  return `${name}-0`;
}

const RESTRICTED = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  runAsNonRoot: true,
  seccompProfile: { type: "RuntimeDefault" },
};

const LITTLE = { requests: { cpu: "10m", memory: "16Mi" }, limits: { cpu: "100m", memory: "64Mi" } };

/**
 * A pod that every Pod Security level lets in.
 *
 * @param resources - Of its container. @default little, and enough for a quota
 */
export const podManifest = (namespace: string, app: string, resources: JsonObject = LITTLE): Manifest => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: `${app}-0`, namespace, labels: { app } },
  spec: {
    containers: [
      {
        name: "app",
        image: "registry.example/app",
        ports: [{ containerPort: POD_PORT }],
        securityContext: RESTRICTED,
        resources,
      },
    ],
  },
});

const sliceManifest = ({ namespace, name, address }: MeshService): object => ({
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: { name: `${name}-lab`, namespace, labels: { "kubernetes.io/service-name": name } },
  addressType: "IPv4",
  ports: [{ name: "http", port: POD_PORT, protocol: "TCP" }],
  endpoints: [
    {
      addresses: [address],
      conditions: { ready: true },
      targetRef: { kind: "Pod", namespace, name: `${name}-0` },
    },
  ],
});

/** Give a gateway of type LoadBalancer its address, as a cloud provider does. @param ip - undefined: it has none any more. */
export async function setGatewayAddress(cluster: LabCluster, cloud: string, ip: string | undefined): Promise<void> {
  const path = `/api/v1/namespaces/istio-${cloud}/services/istio-eastwestgateway/status`;
  await mergePatch(cluster, path, { status: { loadBalancer: { ingress: ip === undefined ? [] : [{ ip }] } } });
}

/**
 * Have a Deployment run, as far as the API shows it: its pod goes through the API server's admission, where a webhook may
 * give it what it lacks, and is ready at once.
 *
 * @param address - `status.podIP`
 */
export async function runDeployment(api: KubeApi, cluster: LabCluster, ref: Ref, address: string): Promise<void> {
  const { namespace = "", name } = ref;
  const deployment = await api.get({ ...ref, apiVersion: "apps/v1", kind: "Deployment" });
  if (deployment === undefined) throw new Error(`lab: ${cluster.name} has no Deployment/${namespace}/${name}`);
  const pod: Ref = { apiVersion: "v1", kind: "Pod", namespace, name: `${name}-lab` };
  if ((await api.get(pod)) === undefined) await api.create(deploymentPod(deployment, pod));
  await mergePatch(cluster, `/api/v1/namespaces/${namespace}/pods/${pod.name}/status`, { status: runningPod(address) });
  const { generation = 1 } = deployment.metadata as { readonly generation?: number };
  await mergePatch(cluster, `/apis/apps/v1/namespaces/${namespace}/deployments/${name}/status`, {
    status: deploymentStatus(generation, true),
  });
}
