/** How what is rendered for a cluster gets there. */
export type Delivery = DirectDelivery | PulledDelivery;

/** What an agent in the cluster finishes. */
export type PulledDelivery = FluxDelivery | ArgoDelivery;
export type GitDelivery = GitDeliveryBy<FluxEngine> | GitDeliveryBy<ArgoEngine>;
export type FluxDelivery = GitDeliveryBy<FluxEngine> | OciDelivery;
export type ArgoDelivery = GitDeliveryBy<ArgoEngine>;

/** Server-side apply by `lcloud sync`. */
interface DirectDelivery {
  readonly kind: "direct";
}

/** A commit in a git repository, from which an agent in the cluster pulls. */
interface GitDeliveryBy<E extends Engine> {
  readonly kind: "git";
  /** Where `lcloud sync` pushes: `https://…`, `ssh://…`, `user@host:path`, `file:///…` or an absolute path. */
  readonly repository: string;
  /** From where the agent pulls, if by another URL. */
  readonly pullUrl: string;
  readonly branch: string;
  /** Folder of the repository that holds the cluster's folder; `.` is its root. */
  readonly path: string;
  readonly engine: E;
}

/** An artifact in a registry, in Flux' own format, from which Flux in the cluster pulls. */
export interface OciDelivery {
  readonly kind: "oci";
  /** `oci://host/name`; each cluster has an artifact of its own, `<repository>/<cluster>`. */
  readonly repository: string;
  readonly tag: string;
  readonly engine: FluxEngine;
}

/** The agent that reconciles. */
export type Engine = FluxEngine | ArgoEngine;

/**
 * What is reconciled by itself: a unit per cloud, so that an invalid object stops one cloud alone, or one for all clouds,
 * which costs the agent less where there are hundreds.
 */
export type UnitScope = "cloud" | "cluster";

export interface FluxEngine {
  readonly kind: "flux";
  /** Namespace of Flux' own objects. */
  readonly namespace: string;
  readonly unit: UnitScope;
  /** Units leave behind what they hold when they are deleted. */
  readonly release?: true;
  /** A GitRepository or OCIRepository that is there already; absent: one of our own, printed by `lcloud bootstrap`. */
  readonly source?: string;
  /** Name of the Secret with which our own source is read. */
  readonly secret?: string;
  /** Name of the Secret with the public keys, one of which must have signed the commit that our own source hands on. */
  readonly verificationSecret?: string;
  /** Name of the Secret that holds the age keys for what SOPS has encrypted. */
  readonly decryptionSecret?: string;
}

export interface ArgoEngine {
  readonly kind: "argocd";
  /** Namespace of Argo CD's own objects. */
  readonly namespace: string;
  readonly unit: UnitScope;
  /** Units leave behind what they hold when they are deleted. */
  readonly release?: true;
  /** How Argo CD calls the cluster, by URL. */
  readonly server: string;
}

/** Whether Argo CD pulls; else Flux does. */
export const isArgoDelivery = (delivery: PulledDelivery): delivery is ArgoDelivery => delivery.engine.kind === "argocd";

/** Who writes objects in a cluster in the end. */
export type Writer = "lcloud" | Engine["kind"];

export const writerOf = (delivery: Delivery): Writer => (delivery.kind === "direct" ? "lcloud" : delivery.engine.kind);
