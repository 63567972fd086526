import type { DnsProvider } from "../dns/cluster-dns.ts";
import type { GatewayExposure, MeshInstaller } from "../mesh/cloud-mesh.ts";
import type { ClusterMeshProps, GatewayProps } from "./cluster-mesh.ts";
import type { ArgoProps, ClusterDeliveryProps, FluxProps, GitDeliveryProps, OciDeliveryProps } from "./delivery.ts";
import type { ClusterDnsProps, ClusterProps, Fleet, IdentityKind, OidcProps, Platform } from "./fleet.ts";
import { type FieldsOf, flag, must, number, oneOf, quantity, type Shape, text, textByKey, texts } from "./shape.ts";

const exec: FieldsOf<OidcProps["exec"]> = {
  command: must(text),
  args: texts,
  env: textByKey,
  apiVersion: text,
  installHint: text,
  interactiveMode: oneOf({ Never: true, IfAvailable: true, Always: true }),
};

const oidc: FieldsOf<OidcProps> = { username: must(text), exec: must({ fields: [exec] }) };

const dns: FieldsOf<ClusterDnsProps> = {
  namespace: text,
  podLabels: textByKey,
  port: number,
  nodeLocalAddress: text,
  provider: oneOf<DnsProvider>({
    corefile: true,
    "coredns-custom": true,
    "kube-dns": true,
    openshift: true,
    "eks-addon": true,
  }),
  clusterDomain: text,
  nodeLocalCache: flag,
  guard: flag,
};

const ociFlux: FieldsOf<NonNullable<OciDeliveryProps["flux"]>> = {
  namespace: text,
  source: text,
  secret: text,
  decryptionSecret: text,
};
const flux: FieldsOf<FluxProps> = { ...ociFlux, verificationSecret: text };
const argocd: FieldsOf<ArgoProps> = { namespace: text, server: text };

/** What must be there is told with the fleet's default in mind. */
const git: FieldsOf<Partial<GitDeliveryProps>> = {
  repository: text,
  engine: oneOf({ flux: true, argocd: true }),
  pullUrl: text,
  branch: text,
  path: text,
  unit: oneOf({ cloud: true, cluster: true }),
  release: flag,
  flux: { fields: [flux] },
  argocd: { fields: [argocd] },
};

const oci: FieldsOf<Partial<OciDeliveryProps>> = {
  repository: text,
  tag: text,
  unit: oneOf({ cloud: true, cluster: true }),
  release: flag,
  flux: { fields: [ociFlux] },
};

const gitDelivery: FieldsOf<Extract<ClusterDeliveryProps, { git: unknown }>> = { git: must({ fields: [git] }) };
const ociDelivery: FieldsOf<Extract<ClusterDeliveryProps, { oci: unknown }>> = { oci: must({ fields: [oci] }) };
const delivery = { text: ["direct"], fields: [ociDelivery, gitDelivery] } as const;

/** {@link GatewayProps} at run time. */
export const gatewayFields: FieldsOf<GatewayProps> = {
  exposure: oneOf<GatewayExposure>({ LoadBalancer: true, NodePort: true, externalIPs: true }),
  addresses: texts,
  nodeSelector: textByKey,
  annotations: textByKey,
  port: number,
  cidrs: texts,
};

const mesh: FieldsOf<ClusterMeshProps> = {
  version: text,
  installer: oneOf<MeshInstaller>({ flux: true, argocd: true, sail: true, manifests: true }),
  cni: flag,
  crds: oneOf<NonNullable<ClusterMeshProps["crds"]>>({ ours: true, theirs: true }),
  gateway: { fields: [gatewayFields] },
  chartRepository: text,
  hub: text,
  trust: oneOf<NonNullable<ClusterMeshProps["trust"]>>({ "post-sync": true, sops: true }),
};

const access: FieldsOf<NonNullable<ClusterProps["access"]>> = { kubeconfig: text, context: text };
const endpoint: FieldsOf<NonNullable<ClusterProps["endpoint"]>> = { server: text, certificateAuthority: text };
const capacity: FieldsOf<NonNullable<ClusterProps["capacity"]>> = { cpu: must(quantity), memory: must(quantity) };

const cluster: FieldsOf<ClusterProps> = {
  kubernetes: must(text),
  labels: textByKey,
  identity: must(oneOf<IdentityKind>({ x509: true, "service-account": true, oidc: true })),
  expirationSeconds: number,
  requesters: texts,
  oidc: { fields: [oidc] },
  platform: oneOf<Platform>({
    aks: true,
    eks: true,
    gke: true,
    k3s: true,
    kind: true,
    kubeadm: true,
    openshift: true,
    other: true,
  }),
  access: { fields: [access] },
  endpoint: { fields: [endpoint] },
  dns: { fields: [dns] },
  apiServerCidrs: texts,
  mesh: { fields: [mesh] },
  delivery,
  capacity: { fields: [capacity] },
};

const fleet: FieldsOf<Fleet> = {
  clusters: must({ values: { fields: [cluster] } }),
  oidc: { fields: [oidc] },
  delivery,
  mesh: { fields: [mesh] },
  names: { any: true },
};

/** {@link Fleet} at run time. */
export const FLEET_SHAPE: Shape = { fields: [fleet] };
