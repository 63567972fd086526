import type { Manifest } from "../model/manifest.ts";
import { AUTHORITY_MS, inHours } from "./lifetimes.ts";
import { clusterMeta, meshMeta, withLabels } from "./mesh-object.ts";
import type { DedicatedMeshSpec } from "./mesh-spec.ts";
import {
  CACERTS,
  istiodName,
  meshNamespace,
  meshNetwork,
  meshRevision,
  NETWORK_LABEL,
  READER,
  REVISION_LABEL,
} from "./names.ts";

/**
 * Namespace `istio-<cloud>`. It goes with the mesh, and the keys in it.
 *
 * Its pods keep to the strictest level of Pod Security; its network is how other clusters' control planes know where its
 * pods are.
 */
export const namespaceManifest = ({ cloud, network }: Pick<DedicatedMeshSpec, "cloud" | "network">): Manifest => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: withLabels(clusterMeta(cloud, meshNamespace(cloud)), {
    [REVISION_LABEL]: meshRevision(cloud),
    [NETWORK_LABEL]: network,
    "pod-security.kubernetes.io/enforce": "restricted",
  }),
});

/** By which other clusters' control planes read this one. The chart binds its role to this name. */
export const readerManifest = (cloud: string): Manifest => ({
  apiVersion: "v1",
  kind: "ServiceAccount",
  metadata: meshMeta(cloud, READER),
  automountServiceAccountToken: false,
});

/**
 * What makes cert-manager put an authority into a cluster: with no extended use, since istiod takes none that its
 * workloads could not use too.
 *
 * @returns Nothing where somebody else brings it.
 */
export function authorityManifest({ cloud, cluster, trust, trustDomain }: DedicatedMeshSpec): readonly Manifest[] {
  if (trust.issuer === undefined) return [];
  const { name, kind, group } = trust.issuer;
  return [
    {
      apiVersion: "cert-manager.io/v1",
      kind: "Certificate",
      metadata: meshMeta(cloud, CACERTS),
      spec: {
        secretName: CACERTS,
        isCA: true,
        commonName: meshNetwork(cloud, cluster),
        dnsNames: [`${istiodName(cloud)}.${meshNamespace(cloud)}.svc`],
        // as lcloud does itself
        duration: inHours(AUTHORITY_MS),
        renewBefore: inHours(AUTHORITY_MS / 3),
        privateKey: { algorithm: "ECDSA", size: 256, encoding: "PKCS8", rotationPolicy: "Always" },
        usages: ["digital signature", "cert sign", "crl sign"],
        issuerRef: { name, kind, group },
        ...(trust.nameConstraints
          ? { nameConstraints: { critical: true, permitted: { uriDomains: [trustDomain] } } }
          : {}),
      },
    },
  ];
}
