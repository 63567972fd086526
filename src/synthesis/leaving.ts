import type { Item } from "../definition/rendered-object.ts";
import { keepNamespace, letNamespaceGo } from "../engine/protection.ts";
import type { Writer } from "../model/delivery.ts";
import { TERMINATING_ANNOTATION, USERS_NAMESPACE } from "../model/labels.ts";
import type { Manifest } from "../model/manifest.ts";
import { isBinding, isRole } from "../model/policy-rule.ts";

/**
 * The objects of a cloud that is leaving: nothing that gives access to anybody, whoever made it. What limits the
 * namespaces stays, as long as there is something in them.
 *
 * @returns The very same array for the very same one.
 */
export function leaveOutAccess(): (items: readonly Item[]) => readonly Item[] {
  const known = new Map<readonly Item[], readonly Item[]>();
  return (items) => {
    const left = known.get(items) ?? items.filter(({ manifest }) => !givesAccess(manifest));
    known.set(items, left);
    return left;
  };
}

/** A role that nobody is bound to gives nothing; those of users may be bound by another cloud. */
const givesAccess = (manifest: Manifest): boolean =>
  isBinding(manifest) ||
  (isRole(manifest) && manifest.metadata.name.startsWith("lc:")) ||
  (manifest.kind === "ServiceAccount" && manifest.metadata.namespace === USERS_NAMESPACE);

/** A Namespace that agents, and direct delivery, may delete once it is gone from what is rendered. */
export function lettingGo(namespace: Manifest, writer: Writer): Manifest {
  const { annotations = {}, ...metadata } = namespace.metadata;
  const kept = Object.entries(annotations).filter(([key]) => !(key in keepNamespace(writer)));
  return {
    ...namespace,
    metadata: {
      ...metadata,
      annotations: { ...Object.fromEntries(kept), [TERMINATING_ANNOTATION]: "true", ...letNamespaceGo(writer) },
    },
  };
}
