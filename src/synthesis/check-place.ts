import { isUserServiceAccount } from "../definition/user-names.ts";
import { isNamespacedKind } from "../model/kinds.ts";
import { SYSTEM_NAMESPACE, USERS_NAMESPACE } from "../model/labels.ts";
import type { Manifest } from "../model/manifest.ts";
import { isDnsLabel } from "../model/names.ts";
import { isBinding, isRole } from "../model/policy-rule.ts";
import { groupOf } from "../model/ref.ts";
import { DECRYPT_REMEDY, secretValuesOf } from "../model/sops.ts";
import { isNamespace, kindFault } from "./check-kind.ts";
import { type CheckScope, MAKE_PRIVILEGED } from "./check-scope.ts";
import { isSurelyNamespaced } from "./namespaced-kinds.ts";

/** Whether an object may be where it is, and be at all. */
export function checkPlace(manifest: Manifest, scope: CheckScope): readonly string[] {
  const { namespace } = manifest.metadata;
  const wrongKind = kindFault(manifest);
  if (wrongKind !== undefined) return [wrongKind];
  if (isNamespace(manifest)) return checkNamespaceObject(manifest, scope);
  const isNamespaced = isNamespacedKind(manifest);
  if (isNamespaced === true && namespace === undefined) {
    return [`metadata.namespace: is missing; use ${namesOf(scope)}`];
  }
  if (isNamespaced === false && namespace !== undefined) {
    return [`metadata.namespace: a ${manifest.kind} lives in none; take "${namespace}" out`];
  }
  return [...checkReach(manifest, scope), ...checkSecret(manifest, scope)];
}

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
    const isUsers = isOurs && isUserServiceAccount(cloud, name);
    return isUsers ? [] : [`metadata.namespace: nobody but us writes to "${namespace}"; use another one`];
  }
  const isOwn = namespaces.has(namespace);
  if (!isOwn && !isDnsLabel(namespace)) {
    return [`metadata.namespace: "${namespace}" is no name of a namespace; use a-z, 0-9 and -`];
  }
  if (cloud.privileged) return [];
  if (!isOwn) return [`metadata.namespace: "${namespace}" is not the cloud's; ${MAKE_PRIVILEGED}`];
  if (!isSurelyNamespaced(manifest)) {
    return [`kind: a ${manifest.kind} may live in no namespace and so reach beyond the cloud; ${MAKE_PRIVILEGED}`];
  }
  if (!cloud.admin || !givesAccess(manifest)) return [];
  return [`gives access to namespace "${namespace}", which an admin cloud only refers to; ${MAKE_PRIVILEGED}`];
}

/** Whether somebody can do more in its namespace as long as an object is there. */
const givesAccess = (manifest: Manifest): boolean =>
  isRole(manifest) || isBinding(manifest) || isWorkload(manifest) || manifest["type"] === TOKEN_SECRET;

const TOKEN_SECRET = "kubernetes.io/service-account-token";

/** A pod may run as any ServiceAccount of its namespace. */
const isWorkload = ({ apiVersion, kind }: Manifest): boolean =>
  ["apps", "batch"].includes(groupOf(apiVersion)) ||
  (groupOf(apiVersion) === "" && ["Pod", "PodTemplate", "ReplicationController"].includes(kind));

/** What is rendered is committed to git. */
function checkSecret(manifest: Manifest, { isDecrypting }: CheckScope): readonly string[] {
  switch (secretValuesOf(manifest)) {
    case "none":
      return [];
    case "encrypted":
      return isDecrypting ? [] : [`is encrypted; ${DECRYPT_REMEDY}`];
    case "plain":
      return [
        "its values would lie in git; encrypt them with lcloud encrypt where Flux delivers, or use a kind that is " +
          "encrypted or fetched in the cluster, as SealedSecret or ExternalSecret",
      ];
  }
}

const namesOf = ({ namespaces }: CheckScope): string => [...namespaces].join(" or ") || "one that exists";
