import type { CloudZone } from "../dns/cluster-dns.ts";
import type { CloudMesh } from "../mesh/cloud-mesh.ts";
import type { Manifest } from "../model/manifest.ts";
import type { ClusterFile, Grant } from "./files.ts";

/** What dist/ holds of one cluster. */
export interface RenderedCluster {
  readonly file: ClusterFile;
  /** `lc-cluster` first, then the clouds' units by name. */
  readonly units: readonly RenderedUnit[];
  readonly clouds: readonly RenderedCloud[];
  /** The bytes that all this was read from, by path of the layout; only of a cluster that pulls, for which they are pushed. */
  readonly files?: ReadonlyMap<string, Buffer>;
}

/** Objects that are delivered and pruned together. */
export interface RenderedUnit {
  /** `lc-cluster` or `lc-cloud-<cloud>` */
  readonly name: string;
  /** Absent on `lc-cluster`. */
  readonly cloud?: string;
  readonly manifests: readonly Manifest[];
}

/** What of a cloud is done by post-sync. */
export interface RenderedCloud {
  readonly name: string;
  /** CertificateSigningRequests, by name. */
  readonly requests: readonly Manifest[];
  readonly grants: readonly Grant[];
  /** What its unit says of its zone; absent where it has none. `file.dns` is there then. */
  readonly zone?: CloudZone;
  /** What its unit says of its own mesh; absent where it has none. */
  readonly mesh?: CloudMesh;
}
