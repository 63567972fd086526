import type { Duplex } from "node:stream";
import type { LiveManifest, Manifest } from "../model/manifest.ts";
import type { Ref } from "../model/ref.ts";

/**
 * One Kubernetes API server. Every method throws {@link CloudError} whose message starts with the cluster's name and,
 * where there is one, the ref: `UNREACHABLE`, `UNAUTHORIZED`, `FORBIDDEN`, `CONFLICT`, `REJECTED`, `NOT_FOUND`, `API_ERROR`.
 */
export interface KubeApi {
  /** The fleet's name of the cluster. */
  readonly cluster: string;
  readonly endpoint: KubeEndpoint;

  /** @returns undefined where there is no such object, namespace or kind. */
  get(ref: Ref): Promise<LiveManifest | undefined>;

  /** All objects of a kind, in every namespace where `namespace` is absent; reads page by page. */
  list(kind: { apiVersion: string; kind: string }, options?: ListOptions): Promise<readonly LiveManifest[]>;

  /**
   * Server-side apply as field manager `logical-clouds`, `force=false`, `fieldValidation=Strict`: creates or configures.
   * With `metadata.uid` and `metadata.resourceVersion` of an object that was read, it is a `CONFLICT` if that object was
   * changed, deleted or made anew meanwhile; with the resourceVersion alone, a deleted one is created again.
   *
   * @param options.manager - Field manager instead of ours: only to have a tool that is gone let go of what it had.
   */
  apply(manifest: Manifest, options?: ApplyRequest): Promise<LiveManifest>;

  /**
   * POST. What the API server only answers and does not store (`SelfSubjectReview`, `TokenRequest`) comes back without uid
   * and resourceVersion. A `TokenRequest` has the name and namespace of its ServiceAccount and the subresource `token`.
   */
  create(manifest: Manifest, options?: WriteRequest): Promise<LiveManifest>;

  /** PUT of the whole object, as it was read. Both `metadata.uid` and `metadata.resourceVersion` must be there. */
  replace(manifest: LiveManifest, options?: WriteRequest): Promise<LiveManifest>;

  /** DELETE with a precondition. @returns false where it was gone already, even its kind, or has another uid. */
  delete(ref: Ref, precondition: { uid: string }): Promise<boolean>;

  /**
   * GET of a path of a pod's own HTTP server, through the API server's proxy; with RBAC, `get` on `pods/proxy`.
   *
   * @param path - As in `/metrics`.
   * @returns The body. @throws `NOT_FOUND` where there is no such pod or path; `API_ERROR` where the pod does not answer.
   */
  readPod(pod: PodPort, path: string): Promise<string>;

  /** Whether objects of that kind live in namespaces, by the server's own discovery. @throws `NOT_FOUND` for an unknown kind. */
  isNamespaced(kind: { apiVersion: string; kind: string }): Promise<boolean>;

  /** Every kind that lives in namespaces and can be listed and deleted there, by the server's own discovery. */
  namespacedKinds(): Promise<readonly Kind[]>;

  /**
   * A new connection to a port of a pod, through the API server; whoever asked for it must `destroy()` it. What goes wrong
   * later, as that nobody listens on the port, is its `error`: a {@link CloudError} `API_ERROR`. It has no half end: the
   * pod does not learn of `end()`. It takes the verbs get and create on `pods/portforward`.
   */
  forward(pod: PodPort): Promise<Duplex>;

  /** The server's clock: the `Date` header of the latest answer. */
  serverTime(): Date;

  /** The same API server as somebody else; nothing of our own credential is sent. */
  as(credential: KubeCredential): KubeApi;

  /** Ends idle connections. */
  close(): void;
}

export interface ApplyRequest {
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly manager?: string;
}

export interface WriteRequest {
  readonly subresource?: string;
  /** Field manager instead of ours. */
  readonly manager?: string;
}

export interface PodPort {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

export interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
}

export interface ListOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
}

export interface KubeEndpoint {
  /** `https://host:port` */
  readonly server: string;
  /** PEM of the serving authority; absent where the system's authorities are trusted. */
  readonly certificateAuthority?: string;
  /** Our own context trusts whoever answers, so it cannot say whom users are to trust. */
  readonly isUnverified?: true;
  readonly tlsServerName?: string;
}

export type KubeCredential =
  | { readonly kind: "certificate"; readonly certificate: string; readonly key: string }
  | { readonly kind: "token"; readonly token: string };

/** How to find the cluster in a kubeconfig. */
export interface KubeTarget {
  readonly cluster: string;
  /** File. Default: `KUBECONFIG`, then `~/.kube/config`. */
  readonly kubeconfig?: string;
  readonly context: string;
  /**
   * Milliseconds for one request, and for a plugin's credential; 30,000 by default. Until the server has answered for the
   * first time it is a third of it: who does not answer at all is down, and not slow.
   */
  readonly timeoutMs?: number;
}
