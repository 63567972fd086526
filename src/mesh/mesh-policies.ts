import type { Json, Manifest, ObjectMeta } from "../model/manifest.ts";
import { istioMeta, meshMeta, withLabels } from "./mesh-object.ts";
import type { DedicatedMeshSpec, MutualTls, SharedMeshSpec } from "./mesh-spec.ts";
import { meshNamespace, REVISION_LABEL } from "./names.ts";

/** Name of the AuthorizationPolicies that keep others out. */
const ONLY_CLOUD = "only-this-cloud";

/**
 * Who may speak with a cloud's pods, in all of its namespaces: `istio-<cloud>` is the root namespace of its mesh.
 *
 * istiod certifies any pod of the cluster that reaches it, so a certificate alone says nothing.
 */
export const meshPolicies = ({ cloud, mtls, cloudNamespaces }: DedicatedMeshSpec): readonly Manifest[] => [
  peerAuthentication(istioMeta(cloud, "default"), mtls),
  authorization(istioMeta(cloud, ONLY_CLOUD), mtls, [...cloudNamespaces, meshNamespace(cloud)]),
];

/** The same in a mesh that is not the cloud's own, for each of its namespaces. */
export const sharedPolicies = ({
  cloud,
  revision,
  mtls,
  namespaces,
  cloudNamespaces,
}: SharedMeshSpec): readonly Manifest[] =>
  namespaces.flatMap((namespace) => {
    const meta = (name: string): ObjectMeta =>
      withLabels(meshMeta(cloud, name, namespace), { [REVISION_LABEL]: revision });
    return [peerAuthentication(meta("default"), mtls), authorization(meta(ONLY_CLOUD), mtls, cloudNamespaces)];
  });

const peerAuthentication = (metadata: ObjectMeta, mtls: MutualTls): Manifest => ({
  apiVersion: "security.istio.io/v1",
  kind: "PeerAuthentication",
  metadata,
  spec: { mtls: { mode: mtls === "strict" ? "STRICT" : "PERMISSIVE" } },
});

const authorization = (metadata: ObjectMeta, mtls: MutualTls, namespaces: readonly string[]): Manifest => ({
  apiVersion: "security.istio.io/v1",
  kind: "AuthorizationPolicy",
  metadata,
  spec: { action: "DENY", rules: [{ from: [{ source: others(mtls, namespaces) }] }] },
});

/**
 * Whoever says of himself that he is of another namespace; where all is encrypted, whoever says nothing too, which also
 * covers a namespace whose own policy accepts plain text.
 */
const others = (mtls: MutualTls, namespaces: readonly string[]): Json => ({
  notNamespaces: [...namespaces].sort(),
  ...(mtls === "strict" ? {} : { principals: ["*"] }),
});
