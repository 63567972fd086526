import type { CloudMesh } from "../../mesh/cloud-mesh.ts";
import { CACERTS, GATEWAY, meshNamespace, READER, ROOT_CONFIG_MAP, remoteSecretName } from "../../mesh/names.ts";
import { SYSTEM_NAMESPACE } from "../../model/labels.ts";
import type { Manifest } from "../../model/manifest.ts";
import { clusterRole, type PolicyRule, role } from "../../model/policy-rule.ts";
import { findNamespaces } from "../../rendered/find-namespaces.ts";
import { meshedClouds } from "../../rendered/meshed-clouds.ts";
import type { RenderedCluster } from "../../rendered/rendered-cluster.ts";
import { TELL_CLUSTER } from "../roles.ts";

const NAME = "lcloud-mesh";

/**
 * What it takes to give the meshes of a cluster's clouds their authorities, and to join them. Whoever has it has the keys
 * of those authorities, and tokens that read the Secrets of the cluster. Roles in `istio-<cloud>` need it delivered.
 *
 * @returns A ClusterRole, and Roles in `lcloud-system` with its namespace, in each `istio-<cloud>` and, where authorities are
 * ours to rotate, in namespaces of clouds; nothing where no cloud has a mesh of its own.
 */
export function meshRules(cluster: RenderedCluster): readonly Manifest[] {
  const meshes = meshedClouds(cluster.clouds);
  if (meshes.length === 0) return [];
  const namespaces = meshes.map(({ name }) => meshNamespace(name)).sort();
  const hasNodes = meshes.some(({ mesh }) => mesh.exposure === "NodePort");
  return [
    ...findNamespaces(cluster, [SYSTEM_NAMESPACE]),
    clusterRole(NAME, [
      { apiGroups: [""], resources: ["namespaces"], resourceNames: namespaces, verbs: ["get"] },
      // those of meshes that are gone from dist/
      { apiGroups: [""], resources: ["namespaces"], verbs: ["list"] },
      { apiGroups: ["admissionregistration.k8s.io"], resources: WEBHOOKS, verbs: ["list"] },
      ...(hasNodes ? [{ apiGroups: [""], resources: ["nodes"], verbs: ["list"] }] : []),
    ]),
    role(SYSTEM_NAMESPACE, NAME, [TELL_CLUSTER]),
    ...meshes.map(({ name, mesh }) => role(meshNamespace(name), NAME, rulesIn(name, mesh))),
    ...meshes
      .filter(({ mesh: { trust } }) => trust === "post-sync")
      .flatMap(({ mesh: { namespaces } }) => namespaces.map((namespace) => role(namespace, NAME, [SEE_ROOTS]))),
  ];
}

const WEBHOOKS = ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"];

/** Whom workloads trust: looked at by each step of a rotation. */
const SEE_ROOTS: PolicyRule = {
  apiGroups: [""],
  resources: ["configmaps"],
  resourceNames: [ROOT_CONFIG_MAP],
  verbs: ["get"],
};

/** What control planes have loaded. */
const SEE_CONTROL_PLANES: readonly PolicyRule[] = [
  { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
  { apiGroups: [""], resources: ["pods/proxy"], verbs: ["get"] },
];

/** In `istio-<cloud>`. Tokens are numbered, so nobody knows the names of their Secrets before. */
const rulesIn = (cloud: string, { trust }: CloudMesh): readonly PolicyRule[] => [
  { apiGroups: [""], resources: ["secrets"], verbs: ["get", "list", "create", "delete"] },
  {
    apiGroups: [""],
    resources: ["secrets"],
    resourceNames: [...(trust === "post-sync" ? [CACERTS] : []), remoteSecretName(cloud)],
    verbs: ["update"],
  },
  { apiGroups: [""], resources: ["services"], resourceNames: [GATEWAY], verbs: ["get"] },
  { apiGroups: [""], resources: ["serviceaccounts"], resourceNames: [READER], verbs: ["get"] },
  ...(trust === "post-sync" ? [SEE_ROOTS, ...SEE_CONTROL_PLANES] : []),
];
