import type { ClusterDns } from "../dns/cluster-dns.ts";
import type { MeshCost } from "../mesh/mesh-cost.ts";
import type { Delivery } from "../model/delivery.ts";

/** Version of the JSON files of dist/; readers refuse any other. */
export const FILE_VERSION = 1;

/**
 * `dist/<cluster>/cluster.json`: what the tools to the right of dist/ must know of a cluster. Holds no secret.
 *
 * How a certificate is asked for (signer, usages, lifetime) stands in the manifests of `requests/`.
 */
export interface ClusterFile {
  readonly version: typeof FILE_VERSION;
  readonly name: string;
  /** Minor version, for example `1.33`. */
  readonly kubernetes: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly access: ClusterAccess;
  readonly endpoint: ClusterEndpoint;
  readonly identity: ClusterIdentity;
  readonly delivery: Delivery;
  /** Absent where clouds have no zones: then nobody has said who may change it. */
  readonly dns?: ClusterDns;
  /** What clouds' own meshes take of it; absent where there is none. */
  readonly meshes?: MeshCost;
  /** Clouds that may be gone from here with their namespaces, by name; absent where there is none. */
  readonly terminated?: readonly string[];
}

/** How our own tools reach the cluster. */
export interface ClusterAccess {
  /** File; relative to the working directory. Default: `KUBECONFIG`, then `~/.kube/config`, as kubectl does. */
  readonly kubeconfig?: string;
  readonly context: string;
}

/** What users' kubeconfigs name. Default: the address and authority of our own context. */
interface ClusterEndpoint {
  /** `https://host:port` */
  readonly server?: string;
  /** PEM of the *serving* certificate authority. */
  readonly certificateAuthority?: string;
}

export type ClusterIdentity =
  | {
      readonly kind: "x509";
      /**
       * User names of those who may create our CertificateSigningRequests, where requesting and approving are split.
       * Empty: only whoever approves.
       */
      readonly requesters: readonly string[];
    }
  | {
      readonly kind: "service-account";
      /** Lifetime asked for, in seconds; at least 600. The server may grant another one. */
      readonly expirationSeconds: number;
    }
  | { readonly kind: "oidc"; readonly exec: ExecCredential };

/** The `exec` stanza of a kubeconfig user (client.authentication.k8s.io). */
export interface ExecCredential {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly installHint?: string;
  readonly interactiveMode: "Never" | "IfAvailable" | "Always";
}

/** `dist/<cluster>/grants/<cloud>.json`: whom post-sync gives access to that cloud on that cluster. */
export interface GrantsFile {
  readonly version: typeof FILE_VERSION;
  readonly cloud: string;
  readonly users: readonly Grant[];
}

export interface Grant {
  readonly name: string;
  /** Namespaces of the user's kubeconfig contexts, the default one first; never empty. */
  readonly namespaces: readonly string[];
  readonly credential: GrantCredential;
}

export type GrantCredential =
  /** `request`: metadata.name of the CertificateSigningRequest in `requests/<cloud>.k8s.yaml`. */
  | { readonly kind: "x509"; readonly request: string }
  /** A ServiceAccount of `lcloud-users`, rendered with the cloud. */
  | { readonly kind: "service-account"; readonly serviceAccount: string }
  /** The name that the API server takes from the token, as the bindings have it. */
  | { readonly kind: "oidc"; readonly username: string };
