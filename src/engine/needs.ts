import { type FluxDelivery, isArgoDelivery, type PulledDelivery } from "../model/delivery.ts";
import { sourceKind } from "./flux.ts";
import { clusterFolder } from "./repository-path.ts";

/** What must be in a cluster, beside what `lcloud bootstrap` prints, for its agent to pull. */
export interface Need {
  /** Ref of an object, or a program. */
  readonly what: string;
  /** What it is for, and what it must hold. */
  readonly purpose: string;
}

/** In the order in which they are needed. Secrets are made by the operator: none is ever rendered. */
export function bootstrapNeeds(delivery: PulledDelivery, cluster: string): readonly Need[] {
  if (!isArgoDelivery(delivery)) return fluxNeeds(delivery, cluster);
  const { namespace } = delivery.engine;
  return [
    { what: "Argo CD", purpose: `its application-controller and repo-server, in namespace ${namespace}` },
    {
      what: `a Secret in namespace ${namespace} with label argocd.argoproj.io/secret-type: repository`,
      purpose: `only if ${delivery.pullUrl} is private: its url, with sshPrivateKey, or with username and password`,
    },
  ];
}

function fluxNeeds(delivery: FluxDelivery, cluster: string): readonly Need[] {
  const { namespace, source, secret, verificationSecret, decryptionSecret } = delivery.engine;
  const secretRef = (name: string): string => `Secret/${namespace}/${name}`;
  const pulled = pulledBy(delivery, cluster);
  return [
    { what: "Flux", purpose: `its source-controller and kustomize-controller, in namespace ${namespace}` },
    ...(source === undefined
      ? []
      : [
          {
            what: `${sourceKind(delivery)}/${namespace}/${source}`,
            purpose: `what Flux pulls: ${pulled}${wholeIn(delivery, cluster)}`,
          },
        ]),
    ...(secret === undefined
      ? []
      : [{ what: secretRef(secret), purpose: `with which Flux reads ${pulled}: ${credentials(delivery)}` }]),
    ...(verificationSecret === undefined
      ? []
      : [{ what: secretRef(verificationSecret), purpose: "public keys of who signs commits, each as NAME.sshpub" }]),
    ...(decryptionSecret === undefined
      ? []
      : [{ what: secretRef(decryptionSecret), purpose: "age keys for what SOPS has encrypted, each as NAME.agekey" }]),
  ];
}

/** What is left out of a source, units take for gone. */
const wholeIn = (delivery: FluxDelivery, cluster: string): string =>
  delivery.kind === "git"
    ? `; neither its ignore nor a .sourceignore may leave out ${clusterFolder(delivery.path, cluster)}`
    : "";

const pulledBy = (delivery: FluxDelivery, cluster: string): string =>
  delivery.kind === "git"
    ? `branch ${delivery.branch} of ${delivery.pullUrl}`
    : `${delivery.repository}/${cluster}:${delivery.tag}`;

function credentials(delivery: FluxDelivery): string {
  if (delivery.kind === "oci") return "of type kubernetes.io/dockerconfigjson";
  return delivery.pullUrl.startsWith("ssh:") ? "identity and known_hosts" : "username and password";
}
