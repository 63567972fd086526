import type { PostSyncReport } from "../../pipeline.ts";
import { formatFailure } from "./changes.ts";
import { printable } from "./style.ts";
import { formatTable } from "./table.ts";

type MeshReports = PostSyncReport["meshes"];

/** The meshes of clouds, by cluster. */
export function formatMeshes(reports: MeshReports): string {
  const rows = reports.flatMap(({ cluster, meshes }) =>
    meshes.map(({ cloud, trust = "", remotes, clusters }) => [cluster, cloud, trust, remotes, clusters.join(", ")]),
  );
  return formatTable(["CLUSTER", "MESH OF", "TRUST", "REMOTES", "KNOWS"], rows);
}

/** A line for each failure. */
export const failuresOfMeshes = (reports: MeshReports): readonly string[] =>
  reports.flatMap(({ cluster, failures }) => failures.map((failure) => formatFailure(failure, cluster)));

/** A line for each remark. */
export const notesOfMeshes = (reports: MeshReports): readonly string[] =>
  reports.flatMap(({ cluster, remarks }) => remarks.map((remark) => `${cluster}: ${printable(remark)}`));
