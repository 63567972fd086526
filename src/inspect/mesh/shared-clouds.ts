import { REVISION_LABEL } from "../../mesh/names.ts";
import type { Manifest } from "../../model/manifest.ts";
import { gatewayUnit } from "../../model/units.ts";
import type { RenderedCluster } from "../../rendered/rendered-cluster.ts";

/** A cloud in a mesh that somebody else runs. */
export interface SharedCloud {
  readonly name: string;
  /** By which its namespaces choose the control plane. */
  readonly revision: string;
  /** Its own, in the order of dist/. */
  readonly namespaces: readonly string[];
}

/** Those of a cluster, by the policies that each has in its namespaces. */
export const sharedClouds = ({ clouds, units }: Pick<RenderedCluster, "clouds" | "units">): readonly SharedCloud[] =>
  clouds.flatMap(({ name, mesh }) => {
    if (mesh !== undefined) return [];
    const policies = (units.find((unit) => unit.name === gatewayUnit(name))?.manifests ?? []).filter(isPeerPolicy);
    const revision = policies[0]?.metadata.labels?.[REVISION_LABEL];
    const namespaces = policies.flatMap(({ metadata }) => metadata.namespace ?? []);
    return revision === undefined ? [] : [{ name, revision, namespaces }];
  });

const isPeerPolicy = ({ kind }: Manifest): boolean => kind === "PeerAuthentication";
