import type { CloudDefinition } from "../definition/cloud-definition.ts";
import type { Item } from "../definition/rendered-object.ts";
import { isRole } from "../model/policy-rule.ts";
import { refKey, refOf } from "../model/ref.ts";
import { roleRefOf } from "./check-access.ts";
import { type OnCluster, sameObject } from "./check-objects.ts";
import { MAKE_PRIVILEGED } from "./check-scope.ts";
import { asList } from "./fields.ts";
import { privilegedRights } from "./privilege.ts";
import type { CloudRemark } from "./remarks.ts";

/** What one cloud has on a cluster. */
export interface CloudOnCluster {
  readonly cloud: CloudDefinition;
  readonly objects: OnCluster;
  /** All of its objects; rendered again, for the few who ask. */
  readonly items: () => readonly Item[];
}

/** What is wrong with the objects of several clouds together on one cluster. @param clouds - By name. */
export function checkCluster(clouds: readonly CloudOnCluster[]): readonly CloudRemark[] {
  const owners = new Map<string, CloudOnCluster>();
  const clashes = clouds.flatMap((on) => claimNamespaces(on, owners));
  const outside = new Map<string, string>();
  const roles = clusterRoles(clouds);
  const others = clouds.flatMap((on) => [
    ...checkOutside(on, owners, outside),
    ...(on.cloud.privileged ? [] : checkBindings(on, roles)),
  ]);
  return [...clashes, ...others];
}

function claimNamespaces(on: CloudOnCluster, owners: Map<string, CloudOnCluster>): readonly CloudRemark[] {
  const cloud = on.cloud.name;
  return on.objects.claims.flatMap(({ id, manifest: { metadata } }) => {
    const owner = owners.get(metadata.name) ?? on;
    owners.set(metadata.name, owner);
    if (owner === on) return [];
    const message = `namespace "${metadata.name}" is cloud "${owner.cloud.name}"'s here; rename one of them`;
    return [{ cloud, id, message }];
  });
}

/** Objects beyond a cloud's own namespaces: another cloud may have the same, or own the namespace. */
function checkOutside(
  { cloud, objects }: CloudOnCluster,
  owners: ReadonlyMap<string, CloudOnCluster>,
  outside: Map<string, string>,
): readonly CloudRemark[] {
  return objects.outside.flatMap((item) => {
    const { namespace } = item.manifest.metadata;
    const owner = namespace === undefined ? undefined : owners.get(namespace);
    const key = refKey(refOf(item.manifest));
    const isOwners = owner?.items().some(({ manifest }) => refKey(refOf(manifest)) === key) === true;
    const other = isOwners ? owner.cloud.name : outside.get(key);
    outside.set(key, cloud.name);
    const remark = (message: string): CloudRemark => ({ cloud: cloud.name, id: item.id, message });
    if (other !== undefined && other !== cloud.name) return [remark(sameObject(item, `cloud "${other}"`))];
    if (owner === undefined || cloud.privileged) return [];
    return [remark(`metadata.namespace: "${namespace}" is cloud "${owner.cloud.name}"'s; ${MAKE_PRIVILEGED}`)];
  });
}

/** ClusterRoles that clouds make themselves, with their rules; what is aggregated cannot be seen. */
function clusterRoles(clouds: readonly CloudOnCluster[]): ReadonlyMap<string, readonly unknown[]> {
  const items: readonly Item[] = clouds.flatMap(({ objects }) => objects.outside);
  return new Map(
    items
      .filter(({ manifest }) => manifest.kind === "ClusterRole" && isRole(manifest))
      .filter(({ manifest }) => manifest["aggregationRule"] === undefined)
      .map(({ manifest }) => [manifest.metadata.name, asList(manifest["rules"])]),
  );
}

function checkBindings(
  { cloud, objects }: CloudOnCluster,
  roles: ReadonlyMap<string, readonly unknown[]>,
): readonly CloudRemark[] {
  return objects.foreignBindings.flatMap(({ id, manifest }) => {
    const { name } = roleRefOf(manifest);
    if (name === "cluster-admin") return [];
    const rules = roles.get(name);
    if (rules === undefined) {
      const message = `roleRef: nobody here can see what ClusterRole "${name}" allows; use view, edit or admin, or ${MAKE_PRIVILEGED}`;
      return [{ cloud: cloud.name, id, message }];
    }
    return privilegedRights(rules).map((right) => ({
      cloud: cloud.name,
      id,
      message: `roleRef: ClusterRole "${name}" allows to ${right}, which can undo what is rendered; ${MAKE_PRIVILEGED}`,
    }));
  });
}
