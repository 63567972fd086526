import type { KubeApi } from "../../kube-api/kube-api.ts";
import type { Claims } from "./claims.ts";
import type { IsReleased } from "./take-over.ts";

/** What the units of one delivery to one cluster share. */
export interface ApplyRun {
  readonly api: KubeApi;
  readonly claims: Claims;
  /** Of such an object we take what its agent had, which lets go of it. */
  readonly isReleased: IsReleased;
  /** What clouds may lose, as in `RemovalOptions`. */
  readonly removable: ReadonlySet<string>;
  /** Clouds that have been led out of the cluster, and whose namespaces go with them. */
  readonly terminated: ReadonlySet<string>;
  /** Milliseconds to wait for namespaces to be gone. */
  readonly waitMs: number;
  /** Made in this delivery; not every API server may know of them yet. */
  readonly newNamespaces: Set<string>;
}
