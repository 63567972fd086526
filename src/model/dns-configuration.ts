import type { Failure } from "./change.ts";
import type { Ref } from "./ref.ts";

/** A part of a cluster's DNS configuration, with the zones of all clouds in it. */
export interface ShownPart {
  readonly ref: Ref;
  /** Key of a ConfigMap, or a field. */
  readonly key: string;
  /** As it is; absent where there is none. */
  readonly live?: string;
  /** As it is to be. */
  readonly wanted: string;
}

/** What a cluster's DNS is to be told of clouds. */
export interface DnsConfiguration {
  readonly cluster: string;
  /** Absent where nobody named it, so that no cloud has a zone there. */
  readonly provider?: "corefile" | "coredns-custom" | "kube-dns" | "openshift" | "eks-addon";
  readonly parts: readonly ShownPart[];
  /** The configuration value of EKS' add-on, in JSON; of that provider alone. */
  readonly addonValue?: string;
  /** Why parts could not be read or made, or are without a zone. */
  readonly failures: readonly Failure[];
}
