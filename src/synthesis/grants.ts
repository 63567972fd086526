import { type CloudDefinition, type CloudUser, namespacesOn } from "../definition/cloud-definition.ts";
import type { Cluster } from "../definition/cluster.ts";
import { oidcUsername, userServiceAccount } from "../definition/user-names.ts";
import type { Manifest } from "../model/manifest.ts";
import type { Grant, GrantCredential } from "../rendered/files.ts";
import type { CertificateRequest } from "../x509/request.ts";
import { requestManifest } from "./requests.ts";

/** Whom post-sync gives access to a cloud on a cluster, and the requests that it needs for that; both by user. */
interface CloudGrants {
  readonly grants: readonly Grant[];
  readonly requests: readonly Manifest[];
}

/** @param findRequest - undefined for users without a request, who get nothing on `x509` clusters. */
export function grantsOn(
  cloud: CloudDefinition,
  cluster: Cluster,
  findRequest: (user: string) => CertificateRequest | undefined,
): CloudGrants {
  const grants: Grant[] = [];
  const requests: Manifest[] = [];
  for (const user of cloud.users) {
    const namespaces = namespacesOf(cloud, user, cluster);
    if (namespaces.length === 0) continue;
    const grant = (credential: GrantCredential) => grants.push({ name: user.name, namespaces, credential });
    if (cluster.identity === "service-account") {
      grant({ kind: "service-account", serviceAccount: userServiceAccount(cloud.name, user.name) });
    } else if (cluster.identity === "oidc") {
      grant({ kind: "oidc", username: oidcUsername(cloud.name, user, cluster) });
    } else {
      const request = findRequest(user.name);
      if (request === undefined) continue;
      const manifest = requestManifest(cloud.name, user, request, cluster);
      requests.push(manifest);
      grant({ kind: "x509", request: manifest.metadata.name });
    }
  }
  return { grants, requests };
}

/** The cloud's namespaces on a cluster in which a user may do anything at all, the cloud's first one first. */
function namespacesOf(cloud: CloudDefinition, user: CloudUser, cluster: Cluster): readonly string[] {
  const sets = user.permissions.flatMap((name) => cloud.permissions.get(name) ?? []);
  return namespacesOn(cloud, cluster.name)
    .map(({ name }) => name)
    .filter((name) => sets.some(({ namespaces }) => namespaces?.includes(name) ?? true));
}
