import { userServiceAccount } from "../definition/user-names.ts";
import { isNamespacedKind } from "../model/kinds.ts";
import { SYSTEM_NAMESPACE, USERS_NAMESPACE } from "../model/labels.ts";
import type { Manifest } from "../model/manifest.ts";
import { isDnsLabel } from "../model/names.ts";
import { groupOf } from "../model/ref.ts";
import { type CheckScope, MAKE_PRIVILEGED } from "./check-scope.ts";

/** Whether an object may be where it is, and be at all. */
export function checkPlace(manifest: Manifest, scope: CheckScope): readonly string[] {
  const { namespace } = manifest.metadata;
  if (manifest.kind === "CertificateSigningRequest") {
    return ["is made by post-sync and delivered by nobody; list the person under users"];
  }
  // kubectl would take it apart, after the checks
  if (manifest.kind.endsWith("List") && "items" in manifest) return ["is a list; add its objects one by one"];
  if (isNamespace(manifest)) return checkNamespaceObject(manifest, scope);
  const isNamespaced = isNamespacedKind(manifest);
  if (isNamespaced === true && namespace === undefined) {
    return [`metadata.namespace: is missing; use ${namesOf(scope)}`];
  }
  if (isNamespaced === false && namespace !== undefined) {
    return [`metadata.namespace: a ${manifest.kind} lives in none; take "${namespace}" out`];
  }
  return [...checkReach(manifest, scope), ...checkSecret(manifest)];
}

export const isNamespace = ({ apiVersion, kind }: Manifest): boolean => apiVersion === "v1" && kind === "Namespace";

function checkNamespaceObject({ metadata }: Manifest, { cloud, namespaces }: CheckScope): readonly string[] {
  if (metadata.namespace !== undefined) {
    return [`metadata.namespace: a Namespace lives in none; take "${metadata.namespace}" out`];
  }
  if (cloud.admin) return ["an admin cloud makes no namespace; name it under namespaces of another cloud"];
  return namespaces.has(metadata.name) ? [] : [`"${metadata.name}" is not the cloud's; name it under namespaces`];
}

function checkReach(manifest: Manifest, { cloud, namespaces }: CheckScope): readonly string[] {
  const { name, namespace } = manifest.metadata;
  if (namespace === undefined) {
    return cloud.privileged ? [] : [`lives in no namespace and so reaches beyond the cloud; ${MAKE_PRIVILEGED}`];
  }
  if (namespace === SYSTEM_NAMESPACE || namespace === USERS_NAMESPACE) {
    const isOurs = manifest.kind === "ServiceAccount" && namespace === USERS_NAMESPACE;
    const isUsers = isOurs && cloud.users.some((user) => userServiceAccount(cloud.name, user.name) === name);
    return isUsers ? [] : [`metadata.namespace: nobody but us writes to "${namespace}"; use another one`];
  }
  if (namespaces.has(namespace)) return [];
  if (!isDnsLabel(namespace))
    return [`metadata.namespace: "${namespace}" is no name of a namespace; use a-z, 0-9 and -`];
  if (cloud.privileged) return [];
  return [`metadata.namespace: "${namespace}" is not the cloud's; ${MAKE_PRIVILEGED}`];
}

/** What is rendered is committed to git. */
function checkSecret({ apiVersion, kind, ...fields }: Manifest): readonly string[] {
  const holdsValues = ["data", "stringData"].some((field) => Object.keys(fields[field] ?? {}).length > 0);
  if (groupOf(apiVersion) !== "" || kind !== "Secret" || !holdsValues) return [];
  return [
    "its values would lie in git; use a kind that is encrypted or fetched in the cluster, as SealedSecret or ExternalSecret",
  ];
}

const namesOf = ({ namespaces }: CheckScope): string => [...namespaces].join(" or ") || "one that exists";
