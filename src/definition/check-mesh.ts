import { istiodName } from "../mesh/names.ts";
import { istioVersionFault } from "../mesh/versions.ts";
import { isDnsLabel, isDnsSubdomain } from "../model/names.ts";
import { checkGateway } from "./check-gateway.ts";
import { checkPodResources } from "./check-pod-resources.ts";
import { checkServices } from "./check-services.ts";
import type { Doubts } from "./check-shape.ts";
import type { CloudDefinition } from "./cloud-definition.ts";
import type { DedicatedMesh, SharedMesh } from "./cloud-mesh.ts";
import { isMeshLabel } from "./mesh-labels.ts";
import { givenLabelFault } from "./namespace-labels.ts";

/** Mistakes in a cloud's mesh that are the same on every cluster; those of a cluster are found by synthesis. */
export function checkMesh(cloud: CloudDefinition, doubts: Doubts): readonly string[] {
  const { mesh } = cloud;
  if (mesh === undefined) return [];
  return [
    ...checkNamespaceLabels(cloud),
    ...(mesh.mode === "shared" ? checkShared(mesh) : checkDedicated(cloud, mesh, doubts)),
  ];
}

const checkNamespaceLabels = ({ namespaces }: CloudDefinition): readonly string[] =>
  namespaces.flatMap(({ name, labels }) =>
    Object.keys(labels)
      .filter(isMeshLabel)
      .map((key) => `namespaces.${name}.labels: "${key}" says in which mesh pods are; leave it to mesh`),
  );

function checkDedicated(cloud: CloudDefinition, mesh: DedicatedMesh, doubts: Doubts): readonly string[] {
  const { version, trustDomain, exports, resources, gateway } = mesh;
  return [
    ...checkName(cloud.name).map((fault) => `: ${fault}`),
    ...checkVersion(cloud, version, doubts).map((fault) => `.version${fault}`),
    ...checkTrustDomain(cloud, trustDomain).map((fault) => `.trustDomain: ${fault}`),
    ...(exports === "all" ? [] : checkServices(cloud, exports, !doubts.has("namespaces"))).map(
      (fault) => `.exports: ${fault}`,
    ),
    ...Object.entries(resources).flatMap(([part, given]) =>
      checkPodResources(given).map((fault) => `.resources.${part}.${fault}`),
    ),
    ...checkGateway(gateway).map((fault) => `.gateway.${fault}`),
    ...checkIssuer(mesh).map((fault) => `.trust.issuer.certManager.${fault}`),
  ].map((fault) => `mesh${fault}`);
}

/** Of a Helm release. @see https://helm.sh/docs/chart_template_guide/getting_started/ */
const MAX_RELEASE = 53;

/** Namespaces `istio-…` that Istio's own guides use, and the revision of those who choose none. */
const OF_ISTIO: readonly string[] = ["system", "ingress", "egress", "cni", "operator", "default"];

function checkName(cloud: string): readonly string[] {
  // of a name that is none it is told
  if (!isDnsLabel(cloud)) return [];
  const max = MAX_RELEASE - istiodName("").length;
  if (cloud.length > max) {
    return [`the cloud's name has ${cloud.length} characters, and Helm takes ${max} of them; shorten it`];
  }
  return OF_ISTIO.includes(cloud) ? [`"${cloud}" is a name that Istio itself uses; rename the cloud`] : [];
}

function checkVersion(cloud: CloudDefinition, version: DedicatedMesh["version"], doubts: Doubts): readonly string[] {
  if (version === undefined) return [];
  if (typeof version === "string")
    return [istioVersionFault(version)].flatMap((fault) => fault ?? []).map((fault) => `: ${fault}`);
  const names = cloud.clusters.map(({ name }) => name);
  return Object.entries(version).flatMap(([cluster, each]) => {
    if (!doubts.has("clusters") && !names.includes(cluster)) {
      return [`: "${cluster}" is no cluster of the cloud; use ${names.join(", ")}`];
    }
    const fault = each === undefined ? undefined : istioVersionFault(each);
    return fault === undefined ? [] : [`.${cluster}: ${fault}`];
  });
}

/** Istio takes it for whatever the trust domain is, in policies. */
const ANY_TRUST_DOMAIN = "cluster.local";

function checkTrustDomain({ name }: CloudDefinition, trustDomain: string): readonly string[] {
  if (trustDomain === `${name}.mesh` && !isDnsLabel(name)) return [];
  if (!isDnsSubdomain(trustDomain)) {
    return [`"${trustDomain}" is no domain; write it as "shop.mesh", in lower case`];
  }
  return trustDomain === ANY_TRUST_DOMAIN
    ? [`"${trustDomain}" is what Istio takes for any trust domain; choose one of the cloud's own`]
    : [];
}

function checkIssuer({ issuer }: DedicatedMesh): readonly string[] {
  if (issuer === undefined) return [];
  const { name, kind, group } = issuer;
  return [
    ...(isDnsSubdomain(name) ? [] : [`name: "${name}" is no name of a Kubernetes object; use a-z, 0-9, - and .`]),
    ...(/^[A-Z][A-Za-z0-9]*$/.test(kind) ? [] : [`kind: "${kind}" is no kind; write it as "ClusterIssuer"`]),
    ...(isDnsSubdomain(group) ? [] : [`group: "${group}" is no API group; write it as "cert-manager.io"`]),
  ];
}

/** What is no label at all, the rendered Namespaces show. */
function checkShared({ revision, namespace, discoveryLabels }: SharedMesh): readonly string[] {
  return [
    ...(revision === "" ? ["revision: is empty; write the label istio.io/rev by which that mesh is chosen"] : []),
    ...(isDnsLabel(namespace) ? [] : [`namespace: "${namespace}" is no name of a namespace; use a-z, 0-9 and -`]),
    ...Object.keys(discoveryLabels)
      .flatMap((key) => discoveryKeyFault(key) ?? [])
      .map((fault) => `discoveryLabels: ${fault}`),
  ].map((fault) => `mesh.${fault}`);
}

const discoveryKeyFault = (key: string): string | undefined =>
  isMeshLabel(key) ? `"${key}" says in which mesh pods are; use revision` : givenLabelFault(key);
