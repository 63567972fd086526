import { unitKindOf } from "../engine/live-unit.ts";
import type { Kind } from "../model/cloud-kinds.ts";
import { SYSTEM_NAMESPACE } from "../model/labels.ts";
import type { Manifest } from "../model/manifest.ts";
import { clusterRole, type PolicyRule, resourceOf, role, rulesFor } from "../model/policy-rule.ts";
import { refOf } from "../model/ref.ts";
import { findNamespaces } from "../rendered/find-namespaces.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import { type PlacedRules, zoneReadRules } from "./dns/roles.ts";
import { searchedKinds } from "./find-leftovers.ts";
import { meshReadRules } from "./mesh/roles.ts";

const NAME = "lcloud-status";

/**
 * What it takes to look at a cluster, and nothing that changes anything. Roles in clouds' namespaces need them delivered.
 */
export function readRules(cluster: RenderedCluster): readonly Manifest[] {
  const refs = cluster.units.flatMap(({ manifests }) => manifests.map(refOf));
  return placed(cluster, NAME, [
    [undefined, rulesFor(refs, () => ["get"])],
    ...deliveryRules(cluster),
    [undefined, [REQUESTS]],
    ...zoneReadRules(cluster),
    ...meshReadRules(cluster),
  ]);
}

function deliveryRules(cluster: RenderedCluster): readonly PlacedRules[] {
  const { delivery } = cluster.file;
  if (delivery.kind === "direct") {
    return [
      [undefined, [listed({ apiVersion: "v1", kind: "Namespace" })]],
      [SYSTEM_NAMESPACE, [listed({ apiVersion: "v1", kind: "ConfigMap" })]],
    ];
  }
  const { kind, namespace } = delivery.engine;
  return [
    // without inventories only labels tell what is left over; ConfigMaps are listed as `view` lists them
    [undefined, searchedKinds(cluster).map(listed)],
    [namespace, [listed(unitKindOf(kind))]],
  ];
}

/**
 * A ClusterRole and Roles of one name, with `lcloud-system` where one is there. Clouds' namespaces are delivered and not
 * printed: whoever applied one by hand would share its labels, and stand in the way when they change.
 */
function placed(cluster: RenderedCluster, name: string, all: readonly PlacedRules[]): readonly Manifest[] {
  const rulesIn = (wanted: string | undefined): readonly PolicyRule[] => [
    ...new Map(
      all.flatMap(([place, rules]) => (place === wanted ? rules.map((rule) => [JSON.stringify(rule), rule]) : [])),
    ).values(),
  ];
  const everywhere = rulesIn(undefined);
  const known = new Set(everywhere.map((rule) => JSON.stringify(rule)));
  const roles = [...new Set(all.flatMap(([namespace]) => namespace ?? []))].flatMap((namespace) => {
    const rules = rulesIn(namespace).filter((rule) => !known.has(JSON.stringify(rule)));
    return rules.length === 0 ? [] : [role(namespace, name, rules)];
  });
  const isSystem = roles.some(({ metadata }) => metadata.namespace === SYSTEM_NAMESPACE);
  return [
    ...findNamespaces(cluster, isSystem ? [SYSTEM_NAMESPACE] : []),
    ...(everywhere.length === 0 ? [] : [clusterRole(name, everywhere)]),
    ...roles,
  ];
}

/**
 * What it takes to ask a cluster's DNS for the names of zones. Whoever has it can talk to every port of the pods in the
 * DNS server's namespace.
 *
 * @returns A Role there, and one in each namespace of the zones, which must be delivered before; nothing where there is no
 * zone.
 */
export function checkRules(cluster: RenderedCluster): readonly Manifest[] {
  const { dns } = cluster.file;
  const namespaces = new Set(cluster.clouds.flatMap(({ zone }) => zone?.namespaces ?? []));
  if (dns === undefined || namespaces.size === 0) return [];
  const forward = { apiGroups: [""], resources: ["pods/portforward"], verbs: ["get", "create"] };
  return placed(cluster, CHECK, [
    [dns.namespace, [listed({ apiVersion: "v1", kind: "Pod" }), forward]],
    ...[...namespaces].sort().map((name): PlacedRules => [name, [listed({ apiVersion: "v1", kind: "Service" })]]),
  ]);
}

const CHECK = "lcloud-dns-check";

const listed = (kind: Kind): PolicyRule => ({ ...resourceOf(kind), verbs: ["list"] });

const REQUESTS: PolicyRule = {
  apiGroups: ["certificates.k8s.io"],
  resources: ["certificatesigningrequests"],
  verbs: ["list"],
};
