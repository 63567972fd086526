import { SYSTEM_NAMESPACE } from "../model/labels.ts";
import type { Manifest } from "../model/manifest.ts";
import { clusterRole, role, rulesFor } from "../model/policy-rule.ts";
import { refOf } from "../model/ref.ts";
import { findNamespaces } from "../rendered/find-namespaces.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";

const NAME = "lcloud-status";

/** What it takes to look at a cluster, and nothing that changes anything; with the namespace that one of the roles is in. */
export function readRules(cluster: RenderedCluster): readonly Manifest[] {
  const refs = cluster.units.flatMap(({ manifests }) => manifests.map(refOf));
  return [
    ...findNamespaces(cluster, [SYSTEM_NAMESPACE]),
    clusterRole(NAME, [
      ...rulesFor(refs, () => ["get"]),
      { apiGroups: [""], resources: ["namespaces"], verbs: ["list"] },
      { apiGroups: ["certificates.k8s.io"], resources: ["certificatesigningrequests"], verbs: ["list"] },
    ]),
    role(SYSTEM_NAMESPACE, NAME, [{ apiGroups: [""], resources: ["configmaps"], verbs: ["list"] }]),
  ];
}
