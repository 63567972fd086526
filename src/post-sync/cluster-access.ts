import type { KubeEndpoint } from "../kube-api/kube-api.ts";
import type { Failure } from "../model/change.ts";
import type { ClusterIdentity, ExecCredential } from "../rendered/files.ts";
import type { StoredTokens } from "./stored-tokens.ts";

export interface GrantOptions {
  /** Holds keys, certificates and kubeconfigs; whoever only approves needs none. */
  readonly stateDir: string;
  /** Of that folder, for all clusters of a run. @default each cluster reads them for itself */
  readonly tokens?: StoredTokens;
  /**
   * - `both`: request, approve and collect
   * - `collect`: request, and collect what somebody else has approved
   * - `approve`: approve what somebody else has requested, and change nothing else
   */
  readonly half: "both" | "approve" | "collect";
  /** Milliseconds until an approved request must be signed. */
  readonly timeoutMs: number;
  /** Called with each user's grant as soon as it is known. */
  readonly onGrant?: (grant: UserGrant) => void;
}

/** What users got on one cluster. It can be printed and turned into JSON: no secret shows. */
export interface ClusterAccess {
  readonly cluster: string;
  /** Absent where nothing tells it: it is not in dist/, and the cluster's context is missing or leads who knows where. */
  readonly endpoint?: KubeEndpoint;
  readonly users: readonly UserGrant[];
  /** Reasons that concern the whole cluster, as that it cannot be reached; empty on success. */
  readonly failures: readonly Failure[];
}

/**
 * What was done for one user.
 *
 * - `issued`: there is a new credential
 * - `kept`: the stored one stays; with a failure beside it, because no new one could be had
 * - `configured`: nothing to fetch, the user logs in elsewhere
 * - `approved`: the request is approved; its certificate is for whoever collects
 * - `absent`: there is no request to approve: not made yet, or collected already
 * - `none`: no credential; the failure, or that of the cluster, says why
 */
export type GrantOutcome = "issued" | "kept" | "configured" | "approved" | "absent" | "none";

export interface UserGrant {
  readonly cloud: string;
  readonly user: string;
  readonly kind: ClusterIdentity["kind"];
  /** Of the user's contexts, the default one first. */
  readonly namespaces: readonly string[];
  readonly outcome: GrantOutcome;
  readonly credential?: UserCredential;
  /** When the credential ends. */
  readonly expires?: Date;
  /** The credential was not tried on the cluster: its key is not here, or the cluster cannot be reached. */
  readonly unverified?: true;
  readonly failure?: Failure;
}

/** What a user's kubeconfig needs beside what the key store holds. */
export type UserCredential =
  /** The chain as PEM; public. */
  | { readonly kind: "certificate"; readonly certificate: string }
  | { readonly kind: "token"; readonly token: StoredToken }
  | { readonly kind: "exec"; readonly exec: ExecCredential };

/** A token, and what was asked for when it was made. */
export interface StoredToken {
  /** A function, so that no report shows the token by accident. */
  readonly reveal: () => string;
  /** Lifetime asked for, in seconds; the server may have granted another one. */
  readonly requestedSeconds: number;
  readonly issued: Date;
  readonly expires: Date;
}
