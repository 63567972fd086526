import { TERMINATING_ANNOTATION } from "../model/labels.ts";
import type { RenderedCluster } from "./rendered-cluster.ts";

/** Clouds that are led out of a cluster and still rendered for it, so that nobody is to have access. */
export const leavingClouds = ({ units }: RenderedCluster): readonly string[] =>
  units.flatMap(({ cloud, manifests }) =>
    cloud !== undefined &&
    manifests.some(
      ({ kind, metadata }) => kind === "Namespace" && metadata.annotations?.[TERMINATING_ANNOTATION] === "true",
    )
      ? [cloud]
      : [],
  );
