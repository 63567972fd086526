import type { DedicatedMeshSpec } from "../../src/mesh/mesh-spec.ts";

/** A cloud's mesh on cluster m1, with all that can be said of it. @param given - What is otherwise. */
export const exampleSpec = (cloud: string, given: Partial<DedicatedMeshSpec> = {}): DedicatedMeshSpec => ({
  mode: "dedicated",
  cloud,
  cluster: "m1",
  network: `${cloud}--m1`,
  namespaces: [cloud],
  cloudNamespaces: [cloud],
  version: "1.31.1",
  installer: "manifests",
  agentNamespace: undefined,
  crds: "ours",
  cni: true,
  chartRepository: "https://charts.example",
  hub: "docker.io/istio",
  platform: "kubeadm",
  clusterDomain: "cluster.local",
  trustDomain: `${cloud}.mesh`,
  mtls: "strict",
  egress: "registry-only",
  exports: [`${cloud}/web`],
  resources: {
    istiod: { requests: { cpu: "50m", memory: "256Mi" }, limits: {} },
    gateway: { requests: { cpu: "50m", memory: "64Mi" }, limits: { cpu: "1", memory: "256Mi" } },
    sidecar: { requests: { cpu: "10m", memory: "64Mi" }, limits: { cpu: "500m", memory: "256Mi" } },
  },
  gateway: { exposure: "LoadBalancer", addresses: [], nodeSelector: {}, annotations: {}, port: 15443, cidrs: ["::/0"] },
  hasPeers: false,
  trust: { delivery: "post-sync", nameConstraints: false },
  podSecurity: "restricted",
  isolation: {
    dns: { namespace: "kube-system", podLabels: { "k8s-app": "kube-dns" }, port: 53, nodeLocalAddress: "none" },
    apiServerCidrs: ["192.0.2.0/24"],
  },
  ...given,
});
