import type { JsonObject, Manifest } from "../model/manifest.ts";
import { formatRef, groupOf, refOf } from "../model/ref.ts";
import { secretValuesOf } from "../model/sops.ts";
import type { ChartRelease } from "./charts.ts";
import { checkMeshConfig, meshConfigsIn } from "./mesh-config.ts";
import { meshNamespace } from "./names.ts";

/**
 * Whether what helm has made of a chart may be committed and delivered: a chart comes from somewhere else, and what it
 * holds is applied with the rights of an administrator.
 *
 * @param values - What the chart was given.
 * @returns What is wrong.
 */
export const checkChart = (
  { chart, namespace }: ChartRelease,
  manifests: readonly Manifest[],
  values: JsonObject,
): readonly string[] =>
  chart === "base" ? manifests.flatMap(checkCrd) : checkControlPlane(namespace, manifests, values["meshConfig"]);

function checkCrd(manifest: Manifest): readonly string[] {
  const isIstio = manifest.kind === "CustomResourceDefinition" && manifest.metadata.name.endsWith(".istio.io");
  return isIstio ? [] : [`${formatRef(refOf(manifest))} is no CRD of Istio`];
}

/** What Istio's chart `istiod` makes with our values, in 1.30 and 1.31, each as `group/kind`. */
const KINDS: ReadonlySet<string> = new Set([
  ...["ConfigMap", "Service", "ServiceAccount"].map((kind) => `/${kind}`),
  "apps/Deployment",
  ...["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"].map((kind) => `rbac.authorization.k8s.io/${kind}`),
  "admissionregistration.k8s.io/MutatingWebhookConfiguration",
  "admissionregistration.k8s.io/ValidatingWebhookConfiguration",
]);

function checkControlPlane(namespace: string, manifests: readonly Manifest[], meshConfig: unknown): readonly string[] {
  const cloud = namespace.slice(meshNamespace("").length);
  const configs = meshConfigsIn(cloud, manifests);
  return [
    ...manifests.flatMap((manifest) => checkObject(namespace, manifest)),
    ...(configs.length === 1 ? [] : [`holds ${configs.length === 0 ? "no" : "more than one"} mesh config`]),
    ...configs.flatMap((config) =>
      checkMeshConfig(config, (meshConfig ?? {}) as JsonObject).map((fault) => `mesh config ${fault}`),
    ),
  ];
}

/** What lives in no namespace is named after the control plane's, so that two clouds never share it. */
function checkObject(own: string, manifest: Manifest): readonly string[] {
  const { apiVersion, kind } = manifest;
  const { name, namespace } = manifest.metadata;
  const at = formatRef(refOf(manifest));
  if (secretValuesOf(manifest) === "plain") return [`${at} holds what nobody may read in git`];
  if (!KINDS.has(`${groupOf(apiVersion)}/${kind}`)) return [`${at} is of a kind that a control plane does not need`];
  const isOwn = namespace === undefined ? name.endsWith(`-${own}`) : namespace === own;
  return isOwn ? [] : [`${at} is not the control plane's own`];
}
