import { unitKindOf } from "../engine/live-unit.ts";
import { rootRefs } from "../engine/roots.ts";
import { SYSTEM_NAMESPACE, USERS_NAMESPACE } from "../model/labels.ts";
import type { Manifest } from "../model/manifest.ts";
import { clusterRole, type PolicyRule, RBAC_GROUP, resourceOf, role, rulesFor } from "../model/policy-rule.ts";
import { refOf } from "../model/ref.ts";
import { findNamespaces } from "../rendered/find-namespaces.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import { CLUSTER_MEMORIES } from "./check-cluster.ts";
import { specOf } from "./signing-request.ts";

/**
 * What it takes to request certificates on a cluster. To whoever collects, beside {@link collectRules}.
 *
 * @returns A ClusterRole; nothing where no certificates are used.
 */
export function requestRules(cluster: RenderedCluster): readonly Manifest[] {
  return signersOf(cluster).length === 0 ? [] : [clusterRole("lcloud-request", [{ ...REQUESTS, verbs: ["create"] }])];
}

/**
 * What it takes to approve requests. Whoever has it can make anybody's certificate, a cluster administrator's too, with
 * the help of somebody who may request.
 *
 * @returns A ClusterRole, and a Role in `lcloud-system` with its namespace; nothing where no certificates are used. Where an
 * agent pulls, one more of each, to wait for it.
 */
export function approveRules(cluster: RenderedCluster): readonly Manifest[] {
  const signers = signersOf(cluster);
  if (signers.length === 0) return [];
  return [
    ...findNamespaces(cluster, [SYSTEM_NAMESPACE]),
    clusterRole("lcloud-approve", [
      { ...REQUESTS, verbs: ["get", "list"] },
      { ...REQUESTS, resources: ["certificatesigningrequests/approval"], verbs: ["update"] },
      { ...REQUESTS, resources: ["signers"], resourceNames: signers, verbs: ["approve"] },
    ]),
    role(SYSTEM_NAMESPACE, "lcloud-approve", [TELL_CLUSTER]),
    ...waitRules(cluster),
  ];
}

/**
 * What it takes to collect certificates, or to fetch tokens of the users' ServiceAccounts. Whoever has it can be any of
 * those who have tokens. Where users log in elsewhere, it is only to tell the cluster.
 *
 * @returns A Role in `lcloud-system`, and a ClusterRole or a Role in `lcloud-users`, with the namespaces; nothing where
 * there are no users. Where an agent pulls, one more of each, to wait for it.
 */
export function collectRules(cluster: RenderedCluster): readonly Manifest[] {
  if (cluster.clouds.every(({ grants }) => grants.length === 0)) return [];
  const accounts = accountsOf(cluster);
  const tokens = { apiGroups: [""], resources: ["serviceaccounts/token"], resourceNames: accounts, verbs: ["create"] };
  return [
    ...findNamespaces(cluster, accounts.length === 0 ? [SYSTEM_NAMESPACE] : [SYSTEM_NAMESPACE, USERS_NAMESPACE]),
    ...(signersOf(cluster).length === 0
      ? []
      : [clusterRole("lcloud-collect", [{ ...REQUESTS, verbs: ["get", "list", "delete"] }])]),
    ...(accounts.length === 0 ? [] : [role(USERS_NAMESPACE, "lcloud-collect", [tokens])]),
    role(SYSTEM_NAMESPACE, "lcloud-collect", [TELL_CLUSTER]),
    ...waitRules(cluster),
  ];
}

/** What it takes to see how far the agent of a cluster is, and whom bindings name meanwhile; nothing where none pulls. */
function waitRules({ file: { delivery }, units }: RenderedCluster): readonly Manifest[] {
  if (delivery.kind === "direct") return [];
  const { engine } = delivery;
  // what it calls synced is held against the cluster
  const held = engine.kind === "argocd" ? units.flatMap(({ manifests }) => manifests.map(refOf)) : [];
  return [
    clusterRole("lcloud-wait", [
      { apiGroups: [RBAC_GROUP], resources: ["clusterrolebindings", "rolebindings"], verbs: ["list"] },
      ...rulesFor(held, () => ["get"]),
    ]),
    role(engine.namespace, "lcloud-wait", [
      { ...resourceOf(unitKindOf(engine.kind)), verbs: ["list"] },
      ...rulesFor(rootRefs(delivery), () => ["get"]),
    ]),
  ];
}

/** What it takes to notice a context that leads to another cluster. */
export const TELL_CLUSTER: PolicyRule = {
  apiGroups: [""],
  resources: ["configmaps"],
  resourceNames: CLUSTER_MEMORIES.map(({ name }) => name),
  verbs: ["get"],
};

const REQUESTS = { apiGroups: ["certificates.k8s.io"], resources: ["certificatesigningrequests"] };

function signersOf({ clouds }: RenderedCluster): readonly string[] {
  const signers = clouds.flatMap(({ requests }) => requests.flatMap((request) => specOf(request).signerName ?? []));
  return [...new Set(signers)].sort();
}

function accountsOf({ clouds }: RenderedCluster): readonly string[] {
  return clouds
    .flatMap(({ grants }) =>
      grants.flatMap(({ credential }) => (credential.kind === "service-account" ? credential.serviceAccount : [])),
    )
    .sort();
}
