import type { RenderedCloud } from "../../rendered/rendered-cluster.ts";

/** A cloud that has a zone. */
export type ZonedCloud = RenderedCloud & Required<Pick<RenderedCloud, "zone">>;

export const zonedClouds = (clouds: readonly RenderedCloud[]): readonly ZonedCloud[] =>
  clouds.flatMap((cloud) => (cloud.zone === undefined ? [] : [{ ...cloud, zone: cloud.zone }]));
