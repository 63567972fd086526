import type { DnsPlace } from "../model/network-rules.ts";
import type { GatewayExposure, MeshInstaller, TrustDelivery } from "./cloud-mesh.ts";

/** What is to be rendered of a cloud's mesh on one of its clusters, every default filled in. */
export type MeshSpec = DedicatedMeshSpec | SharedMeshSpec;

/** A control plane and a gateway of the cloud's own. */
export interface DedicatedMeshSpec {
  readonly mode: "dedicated";
  readonly cloud: string;
  readonly cluster: string;
  /** As in `shop--m1`. */
  readonly network: string;
  /** The cloud's namespaces there, in its order. */
  readonly namespaces: readonly string[];
  /** The cloud's namespaces on all of its clusters, in its order: who may speak with its pods. */
  readonly cloudNamespaces: readonly string[];
  /** Of Istio, as in `1.31.1`. */
  readonly version: string;
  readonly installer: MeshInstaller;
  /** Namespace of the agent that pulls, and of its own objects; undefined where none does. */
  readonly agentNamespace: string | undefined;
  /** Whether Istio's CRDs are ours to bring. */
  readonly crds: "ours" | "theirs";
  /** Whether istio-cni runs there, so that pods need no rights on their network. */
  readonly cni: boolean;
  /** Where Helm finds the charts, by URL. */
  readonly chartRepository: string;
  /** Registry and path of Istio's images, as in `docker.io/istio`. */
  readonly hub: string;
  /** Who runs the cluster, by the fleet's word for it: `gke`, `openshift`, … */
  readonly platform: string;
  /** What names of Services end with, as in `cluster.local`. */
  readonly clusterDomain: string;
  readonly trustDomain: string;
  readonly mtls: MutualTls;
  /** Whether pods may reach hosts that the mesh does not know. */
  readonly egress: MeshEgress;
  /** Services that clusters see of each other, as `<namespace>/<service>`, sorted; the same on all of them. */
  readonly exports: "all" | readonly string[];
  readonly resources: MeshResources;
  readonly gateway: MeshGateway;
  /** Whether the cloud has its mesh on other clusters too. */
  readonly hasPeers: boolean;
  readonly trust: MeshAuthority;
  /** Level that the API server enforces in the cloud's namespaces; `restricted` asks the sidecar for a seccomp profile. */
  readonly podSecurity: "privileged" | "baseline" | "restricted";
  /** What NetworkPolicies of `istio-<cloud>` open; undefined where the cloud's network is not isolated. */
  readonly isolation: MeshIsolation | undefined;
}

/** A control plane that is there already, for others too. */
export interface SharedMeshSpec {
  readonly mode: "shared";
  readonly cloud: string;
  readonly cluster: string;
  /** The cloud's namespaces there, in its order. */
  readonly namespaces: readonly string[];
  /** The cloud's namespaces on all of its clusters, in its order: who may speak with its pods. */
  readonly cloudNamespaces: readonly string[];
  /** By which pods choose that control plane. */
  readonly revision: string;
  readonly mtls: MutualTls;
}

/** Whether pods refuse what is not encrypted by the mesh. */
export type MutualTls = "strict" | "permissive";

export type MeshEgress = "any" | "registry-only";

/** What each part of a mesh asks for and may take at most. */
export interface MeshResources {
  readonly istiod: PodResources;
  readonly gateway: PodResources;
  /** Of the proxy beside each container of the cloud. */
  readonly sidecar: PodResources;
}

/** As in a container; quantities as texts. What is undefined is not limited. */
export interface PodResources {
  readonly requests: { readonly cpu: string; readonly memory: string };
  readonly limits: { readonly cpu?: string; readonly memory?: string };
}

/** How the other clusters reach a cluster's gateway. */
export interface MeshGateway {
  readonly exposure: GatewayExposure;
  /** Of exposure `externalIPs` alone. */
  readonly addresses: readonly string[];
  /** Labels of the nodes whose addresses count, of exposure `NodePort` alone; `{}`: all nodes. */
  readonly nodeSelector: Readonly<Record<string, string>>;
  /** Of the gateway's Service. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Of the Service. */
  readonly port: number;
  /** Where the gateway is, as the other clusters' pods reach it. */
  readonly cidrs: readonly string[];
}

/** Who signs for a cluster's control plane. */
export interface MeshAuthority {
  readonly delivery: TrustDelivery;
  /** cert-manager's, of delivery `cert-manager` alone. */
  readonly issuer?: IssuerRef;
  /** Whether authorities may certify names of the trust domain alone. */
  readonly nameConstraints: boolean;
}

/** `issuerRef` of a Certificate. */
export interface IssuerRef {
  readonly name: string;
  readonly kind: string;
  readonly group: string;
}

/** What is to be known of the clusters where pods reach nothing unasked. */
export interface MeshIsolation {
  readonly dns: DnsPlace;
  /** Addresses of the API servers of all the cloud's clusters; undefined where those of one are not known. */
  readonly apiServerCidrs: readonly string[] | undefined;
}
