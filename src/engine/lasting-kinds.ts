import { chartInjectorName, chartValidatorName, ownValidatorName } from "../mesh/names.ts";

/** Kind of an object that Argo CD may write. */
export interface AllowedKind {
  readonly group: string;
  readonly kind: string;
  /** The name that it must have, as a glob; absent where any will do. */
  readonly name?: string;
}

/** What a project allows. */
export interface AllowedKinds {
  readonly clusterScoped: readonly AllowedKind[];
  /** Never left out: to Argo CD that would be all of them. */
  readonly namespaced: readonly AllowedKind[];
}

const WEBHOOKS = { group: "admissionregistration.k8s.io" };
const POLICIES = { group: "security.istio.io" };

/**
 * What a mesh has outside of its own namespace, by the names that we and Istio's charts (1.30 and 1.31) give it. A project
 * allows it whether or not a cloud has a mesh: Argo CD deletes nothing that its project does not allow, and the last mesh
 * of a cluster takes its kinds along in the same commit. A webhook that stays behind would refuse all that its control
 * plane is to be asked about.
 */
export const MESH_KINDS: AllowedKinds = {
  clusterScoped: [
    { ...WEBHOOKS, kind: "MutatingWebhookConfiguration", name: chartInjectorName("*") },
    { ...WEBHOOKS, kind: "ValidatingWebhookConfiguration", name: chartValidatorName("*") },
    { ...WEBHOOKS, kind: "ValidatingWebhookConfiguration", name: ownValidatorName("*") },
    // from which the operator would make the control plane anew
    { group: "sailoperator.io", kind: "Istio" },
  ],
  namespaced: [
    { ...POLICIES, kind: "AuthorizationPolicy" },
    { ...POLICIES, kind: "PeerAuthentication" },
  ],
};
