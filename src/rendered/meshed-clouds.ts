import type { RenderedCloud } from "./rendered-cluster.ts";

/** A cloud that has a mesh of its own. */
export type MeshedCloud = RenderedCloud & Required<Pick<RenderedCloud, "mesh">>;

export const meshedClouds = (clouds: readonly RenderedCloud[]): readonly MeshedCloud[] =>
  clouds.flatMap((cloud) => (cloud.mesh === undefined ? [] : [{ ...cloud, mesh: cloud.mesh }]));
