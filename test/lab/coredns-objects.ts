import { applyManifests, mergePatch } from "./api.ts";
import type { LabCluster } from "./cluster.ts";

/** Where an installation of CoreDNS keeps its objects, and how it calls them. */
export interface CoreDnsPlace {
  readonly namespace: string;
  /** Name of the ConfigMap that has the key `Corefile`; pods are named as it, and a number. */
  readonly configMap: string;
  readonly service: string;
  /** Of the Service. */
  readonly clusterIP: string;
  /** Of the pods, which the Service selects by them. */
  readonly labels: Readonly<Record<string, string>>;
}

export const KUBE_SYSTEM: CoreDnsPlace = {
  namespace: "kube-system",
  configMap: "coredns",
  service: "kube-dns",
  clusterIP: "10.0.0.10",
  labels: { "k8s-app": "kube-dns" },
};

/** @see https://docs.redhat.com/en/documentation/openshift_container_platform (DNS Operator) */
export const OPENSHIFT_DNS: CoreDnsPlace = {
  namespace: "openshift-dns",
  configMap: "dns-default",
  service: "dns-default",
  clusterIP: "10.0.0.11",
  labels: { "dns.operator.openshift.io/daemonset-dns": "default" },
};

/** ConfigMap of what is imported; AKS, k3s and Gardener have it. */
export const CUSTOM = "coredns-custom";

/** Where the lab's replicas are, for the API server; see `servePods`. */
export const podAddress = (replica: number): string => `10.244.0.${replica + 2}`;

export const podName = ({ configMap }: CoreDnsPlace, replica: number): string => `${configMap}-${replica}`;

export const configMapManifest = (
  { namespace, labels }: CoreDnsPlace,
  name: string,
  data: Readonly<Record<string, string>>,
): object => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace, labels }, data });

/**
 * Apply what an installation leaves in the API: a Service with its endpoints, and pods that run. There is no Deployment,
 * since the lab has no controller that would look after one.
 */
export async function applyCoreDns(cluster: LabCluster, place: CoreDnsPlace, replicas: number): Promise<void> {
  const { namespace } = place;
  const numbers = Array.from({ length: replicas }, (_, replica) => replica);
  await applyManifests(cluster, [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    serviceManifest(place),
    sliceManifest(place, numbers.map(podAddress)),
    ...numbers.map((replica) => podManifest(place, podName(place, replica))),
  ]);
  for (const replica of numbers) {
    const podIP = podAddress(replica);
    const conditions = [{ type: "Ready", status: "True" }];
    const status = { phase: "Running", podIP, podIPs: [{ ip: podIP }], conditions };
    await mergePatch(cluster, `/api/v1/namespaces/${namespace}/pods/${podName(place, replica)}/status`, { status });
  }
}

const PORTS = [
  { name: "dns", port: 53, protocol: "UDP" },
  { name: "dns-tcp", port: 53, protocol: "TCP" },
  { name: "metrics", port: 9153, protocol: "TCP" },
] as const;

const serviceManifest = ({ namespace, service, clusterIP, labels }: CoreDnsPlace): object => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: service, namespace, labels },
  spec: { selector: labels, clusterIP, ports: PORTS },
});

const sliceManifest = ({ namespace, service }: CoreDnsPlace, addresses: readonly string[]): object => ({
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: { name: `${service}-lab`, namespace, labels: { "kubernetes.io/service-name": service } },
  addressType: "IPv4",
  ports: PORTS,
  endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
});

const podManifest = ({ namespace, labels }: CoreDnsPlace, name: string): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace, labels },
  spec: {
    automountServiceAccountToken: false,
    containers: [
      {
        name: "coredns",
        image: "registry.k8s.io/coredns/coredns:v1.15.0",
        args: ["-conf", "/etc/coredns/Corefile"],
        ports: PORTS.map(({ name: port, port: containerPort, protocol }) => ({ name: port, containerPort, protocol })),
      },
    ],
  },
});
