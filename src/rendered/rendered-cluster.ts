import type { CloudZone } from "../dns/cluster-dns.ts";
import type { EngineChart } from "../engine/charts.ts";
import type { CloudMesh } from "../mesh/cloud-mesh.ts";
import type { Manifest } from "../model/manifest.ts";
import type { ClusterFile, Grant } from "./files.ts";

/** What dist/ holds of one cluster. */
export interface RenderedCluster {
  readonly file: ClusterFile;
  /** In the order in which a cluster can take them. */
  readonly units: readonly RenderedUnit[];
  readonly clouds: readonly RenderedCloud[];
  /** What Argo CD installs by itself; absent where it is nothing. */
  readonly charts?: readonly EngineChart[];
  /** The bytes that all this was read from, by path of the layout; only of a cluster that pulls, for which they are pushed. */
  readonly files?: ReadonlyMap<string, Buffer>;
}

/** Objects that are delivered and pruned together. */
export interface RenderedUnit {
  /** As in src/model/units.ts; never one of all clouds. */
  readonly name: string;
  /** Absent where several clouds share it. */
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
