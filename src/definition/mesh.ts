import type { MeshEgress, MutualTls } from "../mesh/mesh-spec.ts";
import type { GatewayProps } from "./cluster-mesh.ts";
import type { QuantityValue } from "./quota.ts";

/**
 * - `"none"`: no mesh
 * - `mode: "dedicated"`: a control plane and a gateway of the cloud's own in each of its clusters, which trust each other
 * - `mode: "shared"`: a control plane that somebody else runs there
 */
export type MeshProps<C extends string = string> = "none" | DedicatedMeshProps<C> | SharedMeshProps;

/** Istio for one cloud, in namespace `istio-<cloud>` of each of its clusters. */
export interface DedicatedMeshProps<C extends string = string> {
  readonly mode: "dedicated";
  /** Of Istio, 1.30.x or 1.31.x: one for all clusters, or by cluster. @default the cluster's */
  readonly version?: string | { readonly [K in C]?: string };
  /** What identities of its workloads begin with; its own for each cloud. @default "<cloud>.mesh" */
  readonly trustDomain?: string;
  /** Whether its pods refuse what is not encrypted by the mesh. @default "strict" */
  readonly mtls?: MutualTls;
  /** Whether its pods reach hosts that the mesh does not know. @default "any" */
  readonly egress?: MeshEgress;
  /**
   * Services that are reached from the cloud's other clusters: `"web"` of the first namespace, or `"web.shop-api"`; `[]` is
   * none.
   * @default "all"
   */
  readonly exports?: "all" | readonly string[];
  /** What its parts ask for and may take. @default little: see each */
  readonly resources?: {
    /** The control plane. @default requests of 50m and 256Mi, no limits */
    readonly istiod?: ResourcesProps;
    /** The gateway. @default requests of 50m and 64Mi, limits of 1 and 256Mi */
    readonly gateway?: ResourcesProps;
    /** The proxy in each of the cloud's pods. @default requests of 10m and 64Mi, limits of 500m and 256Mi */
    readonly sidecar?: ResourcesProps;
  };
  /** How its other clusters reach its gateways. @default the cluster's */
  readonly gateway?: GatewayProps;
  /** Who signs for it. @default a root key of ours, in the key store */
  readonly trust?: MeshTrustProps;
}

/** A mesh that is there already. Who it trusts and what it exports is its owner's to say. */
export interface SharedMeshProps {
  readonly mode: "shared";
  /** By which namespaces choose its control plane. */
  readonly revision: string;
  /** Namespace of its control plane, which isolated pods may reach. @default "istio-system" */
  readonly namespace?: string;
  /** Labels by which its control plane finds namespaces. @default {} */
  readonly discoveryLabels?: Readonly<Record<string, string>>;
  /** Whether the cloud's pods refuse what is not encrypted by the mesh. @default "strict" */
  readonly mtls?: MutualTls;
}

/** As in a container; what is left out is the default. */
export interface ResourcesProps {
  readonly requests?: { readonly cpu?: QuantityValue; readonly memory?: QuantityValue };
  readonly limits?: { readonly cpu?: QuantityValue; readonly memory?: QuantityValue };
}

export interface MeshTrustProps {
  /** `"lcloud"`: a root of ours; or an issuer of cert-manager that every cluster of the cloud has. @default "lcloud" */
  readonly issuer?: "lcloud" | { readonly certManager: IssuerProps };
  /** Whether authorities may certify names of the trust domain alone. @default false */
  readonly nameConstraints?: boolean;
}

/** An issuer of cert-manager that may sign authorities. */
export interface IssuerProps {
  readonly name: string;
  /** @default "ClusterIssuer" */
  readonly kind?: string;
  /** @default "cert-manager.io" */
  readonly group?: string;
}
