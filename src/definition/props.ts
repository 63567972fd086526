import type { Permission } from "./access.ts";
import type { DnsProps } from "./dns.ts";
import type { LabelValues } from "./fleet.ts";
import type { LimitRangeItem } from "./limits.ts";
import type { MeshProps } from "./mesh.ts";
import type { NetworkProps } from "./network.ts";
import type { QuotaHard, QuotaProps } from "./quota.ts";
import type { ClusterSelection } from "./select-clusters.ts";

/** What a cloud is. `C`: names of the fleet's clusters, `L`: their labels, `P`: permission sets, `N`: namespaces. */
export interface LogicalCloudProps<
  C extends string = string,
  L extends LabelValues = LabelValues,
  P extends string = string,
  N extends string = string,
> {
  /** Where the cloud is. @default "all" */
  readonly clusters?: ClusterSelection<C, L>;

  /**
   * Its namespaces, named exactly so; the first is where users start.
   * @default one, named as the cloud
   */
  readonly namespaces?: readonly (N | NamespaceProps<N, C>)[];

  /** What can be allowed, in named sets. @default none */
  readonly permissions?: { readonly [K in P]: Permission<NoInfer<N>> };

  /** People, and the permission sets that each has. @default nobody */
  readonly users?: { readonly [user: string]: readonly NoInfer<P>[] | UserProps<NoInfer<P>> };

  /** Groups that the clusters' own identity provider knows, and their permission sets. @default none */
  readonly groups?: { readonly [group: string]: readonly NoInfer<P>[] };

  /** ServiceAccounts for programs that run in the cloud, and their permission sets. @default none */
  readonly serviceAccounts?: {
    readonly [name: string]: readonly NoInfer<P>[] | ServiceAccountProps<NoInfer<P>, NoInfer<N>>;
  };

  /** What each namespace may use at most on each cluster: one quota, or several by name. @default no quota */
  readonly quota?: QuotaHard | { readonly [name: string]: QuotaProps<NoInfer<N>> };

  /**
   * Limits of single pods, in each namespace.
   * @default what a container needs to name so that the quota lets it in; `"none"` turns that off
   */
  readonly limits?: "none" | readonly LimitRangeItem[];

  /** Whom pods may talk to. @default "isolated" */
  readonly network?: NetworkProps;

  /** Names for its Services that each of its clusters answers. @default no zone */
  readonly dns?: DnsProps;

  /** Istio for its pods, over all of its clusters. @default "none" */
  readonly mesh?: MeshProps<NoInfer<C>>;

  /**
   * Pod Security level of the namespaces; a level alone is enforced. To enforce `"privileged"`, which lets a pod take its
   * node and so every other tenant's pods there, the cloud must be `privileged`.
   * @default "baseline"
   * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/
   */
  readonly podSecurity?: PodSecurityLevel | PodSecurityProps;

  /** Whether permissions, objects and pods may reach beyond the cloud's namespaces, or undo what is rendered. @default false */
  readonly privileged?: boolean;

  /** Whether namespaces that exist already and are nobody else's may be taken over. @default false */
  readonly adopt?: boolean;

  /**
   * A cloud of the platform's own administrators: `namespaces` refers to ones that exist, and nothing is made but what
   * is added to its charts.
   * @default false
   */
  readonly admin?: boolean;
}

export interface NamespaceProps<N extends string = string, C extends string = string> {
  readonly name: N;
  /** @default {} */
  readonly labels?: Readonly<Record<string, string>>;
  /** @default {} */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Only on these of the cloud's clusters. @default all */
  readonly clusters?: readonly NoInfer<C>[];
}

export type KeyAlgorithm = "ecdsa-p256" | "rsa-2048" | "rsa-3072" | "rsa-4096";

export interface UserProps<P extends string = string> {
  readonly permissions: readonly P[];
  /** The user's name where the identity is `oidc`, as the API server takes it from a token. @default by the fleet's template */
  readonly oidcUsername?: string;
  /** Of the key that `lcloud enroll` makes. @default "ecdsa-p256" */
  readonly keyAlgorithm?: KeyAlgorithm;
}

export interface ServiceAccountProps<P extends string = string, N extends string = string> {
  readonly permissions: readonly P[];
  /** Where it lives. @default the cloud's first namespace */
  readonly namespace?: N;
}

export type PodSecurityLevel = "privileged" | "baseline" | "restricted";

export interface PodSecurityProps {
  /** Pods beyond this level are refused. @default "baseline" */
  readonly enforce?: PodSecurityLevel;
  /** … are noted in the audit log. @default not set */
  readonly audit?: PodSecurityLevel;
  /** … are warned of. @default not set */
  readonly warn?: PodSecurityLevel;
}
