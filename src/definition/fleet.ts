import type { DnsProvider } from "../dns/cluster-dns.ts";
import type { ClusterMeshProps } from "./cluster-mesh.ts";
import type { ClusterDeliveryProps, DeliveryProps } from "./delivery.ts";
import type { QuantityValue } from "./quota.ts";

/** Values that clusters of a fleet carry, by label key. */
export type LabelValues = { readonly [key: string]: string };

/** Who runs the cluster, where that makes a difference to what we render. */
export type Platform = "aks" | "eks" | "gke" | "k3s" | "kind" | "kubeadm" | "openshift" | "other";

/** How users prove to a cluster who they are. */
export type IdentityKind = "x509" | "service-account" | "oidc";

export interface ClusterProps {
  /** Minor version of Kubernetes, for example `"1.33"`. */
  readonly kubernetes: string;
  /** @default {} */
  readonly labels?: LabelValues;
  /**
   * - `x509`: client certificates that the cluster's own signer issues (not on EKS, which signs none)
   * - `service-account`: tokens of ServiceAccounts in a namespace that no tenant can reach
   * - `oidc`: an identity provider that the API server trusts; see {@link OidcProps}
   */
  readonly identity: IdentityKind;
  /**
   * Lifetime of certificates and tokens that users get, in seconds; at least 600.
   * @default 2592000 (30 days)
   */
  readonly expirationSeconds?: number;
  /**
   * User names that may create certificate requests, where requesting and approving are different people or jobs.
   * @default only who approves
   */
  readonly requesters?: readonly string[];
  /** @default the fleet's */
  readonly oidc?: OidcProps;
  /** @default "other" */
  readonly platform?: Platform;
  /** How our tools reach the cluster. @default the context named as the cluster, in kubectl's own kubeconfig */
  readonly access?: {
    /** File, relative to the repository. @default `KUBECONFIG`, then `~/.kube/config` */
    readonly kubeconfig?: string;
    /** @default the cluster's name */
    readonly context?: string;
  };
  /** What users' kubeconfigs name. @default what our own context names */
  readonly endpoint?: {
    /** `https://host:port` @default that of our context */
    readonly server?: string;
    /** PEM of the authority that signed the API server's serving certificate. @default that of our context */
    readonly certificateAuthority?: string;
  };
  /** Where pods find DNS, which `network: "isolated"` opens, and who may give it zones. @default as the platform has it */
  readonly dns?: ClusterDnsProps;
  /** Addresses of the API server as pods reach it; opened by `network: { apiServer: true }`. @default none */
  readonly apiServerCidrs?: readonly string[];
  /** How it bears meshes; fields that are left out are the fleet's. @default the fleet's */
  readonly mesh?: ClusterMeshProps;
  /** How rendered manifests get there; fields that are left out are the fleet's. @default the fleet's */
  readonly delivery?: ClusterDeliveryProps;
  /** What the cluster can hold in all. @default unknown */
  readonly capacity?: { readonly cpu: QuantityValue; readonly memory: QuantityValue };
}

export interface ClusterDnsProps {
  /** @default "kube-system"; "openshift-dns" on OpenShift */
  readonly namespace?: string;
  /** Labels of the DNS pods. @default { "k8s-app": "kube-dns" }; OpenShift's own there */
  readonly podLabels?: Readonly<Record<string, string>>;
  /** Port of the DNS pods. @default 53; 5353 on OpenShift */
  readonly port?: number;
  /** Address of NodeLocal DNSCache, or `"none"`. @default "169.254.20.10" */
  readonly nodeLocalAddress?: string;
  /**
   * Where its configuration lies; clouds have zones only where it is named, so that nobody's DNS is changed unasked.
   * - `corefile`: ConfigMap `coredns` (kubeadm, kind, a CoreDNS of your own), patched by `lcloud post-sync`
   * - `coredns-custom`: ConfigMap `coredns-custom`, which the platform's Corefile imports (AKS, k3s, Gardener)
   * - `kube-dns`: stub domains in ConfigMap `kube-dns` (GKE), patched by `lcloud post-sync`
   * - `openshift`: servers of OpenShift's DNS operator, patched by `lcloud post-sync`
   * - `eks-addon`: the add-on of EKS, whose configuration is printed, since it lies outside the cluster
   * @default nobody's: no zones
   */
  readonly provider?: DnsProvider;
  /** What names of Services end with. @default "cluster.local" */
  readonly clusterDomain?: string;
  /** Whether NodeLocal DNSCache runs, which must be told of zones as well. @default false */
  readonly nodeLocalCache?: boolean;
  /**
   * Whether an admission policy refuses Services of type ExternalName that point into a zone: each query for one would be
   * asked again and again. Needs Kubernetes 1.30.
   * @default true
   */
  readonly guard?: boolean;
}

export interface OidcProps {
  /**
   * Name that the API server takes from a token of the user, prefix included.
   * `{user}` and `{cloud}` stand for our names.
   */
  readonly username: string;
  /** The `exec` stanza of users' kubeconfigs: the program that logs in. `{cluster}` in its arguments is the cluster's name. */
  readonly exec: {
    readonly command: string;
    /** @default [] */
    readonly args?: readonly string[];
    /** @default {} */
    readonly env?: Readonly<Record<string, string>>;
    /** @default "client.authentication.k8s.io/v1" */
    readonly apiVersion?: string;
    /** What kubectl says where the command is missing. @default nothing */
    readonly installHint?: string;
    /** @default "IfAvailable" */
    readonly interactiveMode?: "Never" | "IfAvailable" | "Always";
  };
}

/** The clusters that clouds can spread over. Its type parameters are their names and labels, for the editor to check. */
export interface Fleet<C extends string = string, L extends LabelValues = LabelValues> {
  readonly clusters: { readonly [cluster: string]: ClusterProps };
  /** For clusters whose identity is `oidc` and that have no own. @default none */
  readonly oidc?: OidcProps;
  /** How rendered manifests get to the clusters. @default "direct" */
  readonly delivery?: DeliveryProps;
  /** How the clusters bear meshes. @default {} */
  readonly mesh?: ClusterMeshProps;
  /** Only for the type checker: what clusters and labels there are. */
  readonly names?: { readonly cluster: C; readonly labels: L };
}

type LabelKey<P> = P extends { readonly labels: infer L } ? keyof L & string : never;

type LabelValue<P, K extends string> = P extends { readonly labels: { readonly [key in K]: infer V } }
  ? V & string
  : never;

/** The labels of a fleet with all their values, from its literal clusters; any label where these are not known. */
type LabelsOf<T> = [LabelKey<T[keyof T]>] extends [never]
  ? LabelValues
  : { readonly [K in LabelKey<T[keyof T]>]: LabelValue<T[keyof T], K> };

/**
 * Name the clusters of a fleet, so that the editor knows their names and labels wherever a cloud selects them.
 *
 * @param fleet - Plain data; what is wrong in it is told at synth, with everything else.
 */
export function defineFleet<const T extends Readonly<Record<string, ClusterProps>>>(fleet: {
  readonly clusters: T;
  readonly oidc?: OidcProps;
  readonly delivery?: DeliveryProps;
  readonly mesh?: ClusterMeshProps;
}): Fleet<keyof T & string, LabelsOf<T>> {
  return fleet as Fleet<keyof T & string, LabelsOf<T>>;
}
