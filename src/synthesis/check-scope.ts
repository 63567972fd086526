import { type CloudDefinition, namespacesOn } from "../definition/cloud-definition.ts";
import type { Cluster } from "../definition/cluster.ts";
import { isReservedNamespace } from "../definition/reserved-namespaces.ts";
import type { PodResources } from "../mesh/mesh-spec.ts";
import type { Writer } from "../model/delivery.ts";
import { decrypts } from "../model/sops.ts";

/** What the objects of a cloud on a cluster are checked against. */
export interface CheckScope {
  readonly cloud: CloudDefinition;
  /** The cloud's on that cluster; of an admin cloud, those that it refers to and that are not the system's. */
  readonly namespaces: ReadonlySet<string>;
  /** Groups of the keys of the cloud's users. */
  readonly keyGroups: ReadonlySet<string>;
  /** Who will write the objects there. */
  readonly writer: Writer;
  /** Whether what SOPS has encrypted is decrypted there. */
  readonly isDecrypting: boolean;
  /** Whether the cloud is led out of its clusters. */
  readonly isLeaving: boolean;
  /** What the cloud's own mesh puts beside the containers of each pod; undefined where it has none. */
  readonly sidecar: PodResources | undefined;
}

/** The scopes of a cloud by cluster: the very same one where the cloud has the same namespaces and the same agent writes. */
export function checkScopes(
  cloud: CloudDefinition,
  keyGroups: readonly string[],
  isLeaving: boolean,
  sidecar: PodResources | undefined,
): (cluster: Cluster) => CheckScope {
  const scopes = new Map<string, CheckScope>();
  const groups = new Set(keyGroups);
  return ({ name: cluster, traits, delivery }) => {
    const names = namespacesOn(cloud, cluster).map(({ name }) => name);
    const isDecrypting = decrypts(delivery);
    const own = cloud.admin ? names.filter((name) => !isReservedNamespace(name)) : names;
    const key = `${own.join()} ${traits.writer} ${isDecrypting}`;
    const scope = scopes.get(key) ?? {
      cloud,
      namespaces: new Set(own),
      keyGroups: groups,
      writer: traits.writer,
      isDecrypting,
      isLeaving,
      sidecar,
    };
    scopes.set(key, scope);
    return scope;
  };
}

/** What to do where a cloud reaches beyond itself. */
export const MAKE_PRIVILEGED = "set privileged: true on the cloud if that is meant";
