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

/**
 * What it takes to ask a cluster's DNS for the names of zones. Whoever has it can talk to every port of the pods in the
 * DNS server's namespace.
 *
 * @returns A Role there, and one in each namespace of the zones, which must be delivered before; nothing where there is no
 * zone.
 */
export function checkRules({ file: { dns }, clouds }: RenderedCluster): readonly Manifest[] {
  const namespaces = new Set(clouds.flatMap(({ zone }) => zone?.namespaces ?? []));
  if (dns === undefined || namespaces.size === 0) return [];
  const forward = { apiGroups: [""], resources: ["pods/portforward"], verbs: ["get", "create"] };
  return [
    role(dns.namespace, CHECK, [listed({ apiVersion: "v1", kind: "Pod" }), forward]),
    ...[...namespaces].sort().map((name) => role(name, CHECK, [listed({ apiVersion: "v1", kind: "Service" })])),
  ];
}

const CHECK = "lcloud-dns-check";

const listed = (kind: Kind): PolicyRule => ({ ...resourceOf(kind), verbs: ["list"] });

const REQUESTS: PolicyRule = {
  apiGroups: ["certificates.k8s.io"],
  resources: ["certificatesigningrequests"],
  verbs: ["list"],
};
