import { unitKindOf } from "../engine/live-unit.ts";
import type { Kind } from "../model/cloud-kinds.ts";
import { SYSTEM_NAMESPACE } from "../model/labels.ts";
import type { Manifest } from "../model/manifest.ts";
import { clusterRole, type PolicyRule, resourceOf, role, rulesFor } from "../model/policy-rule.ts";
import { refOf } from "../model/ref.ts";
import { findNamespaces } from "../rendered/find-namespaces.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import { searchedKinds } from "./find-leftovers.ts";

const NAME = "lcloud-status";

/**
 * What it takes to look at a cluster, and nothing that changes anything; with the namespace that one of the roles is in,
 * unless that is the agent's.
 */
export function readRules(cluster: RenderedCluster): readonly Manifest[] {
  const refs = cluster.units.flatMap(({ manifests }) => manifests.map(refOf));
  const { delivery } = cluster.file;
  const byName = rulesFor(refs, () => ["get"]);
  if (delivery.kind !== "direct") {
    const { kind, namespace } = delivery.engine;
    return [
      // without inventories only labels tell what is left over; ConfigMaps are listed as `view` lists them
      clusterRole(NAME, [...byName, ...searchedKinds(cluster).map(listed), REQUESTS]),
      role(namespace, NAME, [listed(unitKindOf(kind))]),
    ];
  }
  return [
    ...findNamespaces(cluster, [SYSTEM_NAMESPACE]),
    clusterRole(NAME, [...byName, listed({ apiVersion: "v1", kind: "Namespace" }), REQUESTS]),
    role(SYSTEM_NAMESPACE, NAME, [listed({ apiVersion: "v1", kind: "ConfigMap" })]),
  ];
}

const listed = (kind: Kind): PolicyRule => ({ ...resourceOf(kind), verbs: ["list"] });

const REQUESTS: PolicyRule = {
  apiGroups: ["certificates.k8s.io"],
  resources: ["certificatesigningrequests"],
  verbs: ["list"],
};
