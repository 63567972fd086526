import type { Source } from "../../model/source.ts";

/** A branch of a repository. */
export interface PushTarget {
  /** `https://…`, `ssh://…`, `user@host:path`, `file:///…` or an absolute path; without a credential. */
  readonly repository: string;
  readonly branch: string;
}

/** What a cluster's folder in the repository shall hold. */
export interface PushedCluster {
  readonly name: string;
  /** Folder of the repository that holds the cluster's folder; `.` is its root. */
  readonly path: string;
  /** Contents by path of the layout of dist/. */
  readonly files: ReadonlyMap<string, Buffer>;
}

/** Straight to the branch, or to a branch of our own that somebody merges. */
export type PushMode = { readonly kind: "push" } | { readonly kind: "pull-request"; readonly branch: string };

/** An ssh key that signs commits. */
export interface SigningKey {
  /** File of the key, or `key::` and a public key whose private one the ssh agent has. */
  readonly key: string;
}

export interface PushOptions {
  readonly source: Source;
  /**
   * Sources of last deliveries that may be overwritten although nothing says that they are older: whole ids, or their
   * beginnings of seven digits or more.
   */
  readonly supersede: ReadonlySet<string>;
  /** What `findFleet` found; absent where nothing tells fleets apart. */
  readonly fleet?: string;
  /** Clusters of the fleet that are not delivered to this branch, or not now: their folders stay as they are. */
  readonly otherClusters: ReadonlySet<string>;
  /** Clouds that may vanish from dist/, and namespaces that a cloud may lose, as `cloud/namespace`. */
  readonly remove: ReadonlySet<string>;
  /** Whether more than a fifth of a cluster's clouds may. */
  readonly removeMany: boolean;
  /** Whether what others have changed in our folders may be lost. */
  readonly overwrite: boolean;
  /** Whether a branch that is missing may be made beside others. */
  readonly createBranch: boolean;
  readonly mode: PushMode;
  /** Milliseconds after which a push that others get ahead of is not tried again. */
  readonly timeoutMs: number;
  readonly sign?: SigningKey;
  readonly toolVersion: string;
  /** Told what is being done, as in `fetching`. */
  readonly onProgress?: (step: string) => void;
}

export interface PushReport {
  readonly clusters: readonly ClusterReport[];
  /** Ours, as the remote has it; undefined where nothing was to be changed. */
  readonly commit?: string;
  /** The last commit of the branch, whoever has made it: all that was delivered is in it. Absent where there is none. */
  readonly tip?: string;
  readonly pullRequest?: PullRequest;
  /** Branch of ours that still offers an earlier change, where there is nothing to offer any more. */
  readonly staleOffer?: string;
  /** What others had on that branch and is lost, each as `branch: path` or the branch alone. Absent for none. */
  readonly lostOffer?: readonly string[];
}

/** What the forge's own command line wants to know. */
export interface PullRequest {
  readonly branch: string;
  readonly title: string;
  /** Markdown. */
  readonly body: string;
}

export interface ClusterReport {
  readonly cluster: string;
  /** Files of dist/; those that we keep beside them are not counted. */
  readonly written: number;
  readonly removed: number;
  readonly unchanged: number;
  /** Objects in the files that were written. */
  readonly objects: number;
  /** Clouds of which a file was written or removed, by name. */
  readonly clouds: readonly string[];
  /** Files of the repository that somebody had changed, and that are as rendered now, or gone. Absent for none. */
  readonly overwritten?: readonly string[];
  /**
   * Folders of the repository in which the cluster was delivered until now. They stay: its agent reads them until what
   * `lcloud bootstrap` prints is applied. Absent for none.
   */
  readonly formerFolders?: readonly string[];
}
