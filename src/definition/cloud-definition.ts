import type { Permission } from "./access.ts";
import { type CloudMeshDefinition, defineMesh } from "./cloud-mesh.ts";
import type { Cluster } from "./cluster.ts";
import { defined } from "./defined.ts";
import { type CloudDns, defineDns } from "./dns.ts";
import type { LimitRangeItem } from "./limits.ts";
import type { NetworkProps } from "./network.ts";
import type { KeyAlgorithm, LogicalCloudProps, PodSecurityProps, ServiceAccountProps, UserProps } from "./props.ts";
import { type Quota, quotasOf } from "./quota.ts";

/** A cloud with every default filled in; whatever has no order is sorted. */
export interface CloudDefinition {
  readonly name: string;
  readonly admin: boolean;
  readonly privileged: boolean;
  readonly adopt: boolean;
  /** By name. */
  readonly clusters: readonly Cluster[];
  /** In the user's order. */
  readonly namespaces: readonly CloudNamespace[];
  readonly permissions: ReadonlyMap<string, Permission>;
  readonly users: readonly CloudUser[];
  readonly groups: readonly CloudMember[];
  readonly serviceAccounts: readonly CloudServiceAccount[];
  readonly quotas: readonly Quota[];
  /** `"by quota"`: in each namespace what its quotas ask for. */
  readonly limits: "none" | "by quota" | readonly LimitRangeItem[];
  readonly network: NetworkProps;
  readonly dns: CloudDns | undefined;
  readonly mesh: CloudMeshDefinition | undefined;
  readonly podSecurity: PodSecurityProps;
}

export interface CloudNamespace {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** undefined: all of the cloud's. */
  readonly clusters: ReadonlySet<string> | undefined;
}

/** Somebody with permission sets. */
export interface CloudMember {
  readonly name: string;
  readonly permissions: readonly string[];
}

export interface CloudUser extends CloudMember {
  readonly oidcUsername: string | undefined;
  readonly keyAlgorithm: KeyAlgorithm;
}

interface CloudServiceAccount extends CloudMember {
  /** undefined: the cloud's first namespace on each cluster. */
  readonly namespace: string | undefined;
}

/** Fill in the defaults of a cloud's props; mistakes in them are found by `checkCloud` and by the checks of synthesis. */
export function defineCloud(name: string, props: LogicalCloudProps, clusters: readonly Cluster[]): CloudDefinition {
  const { podSecurity = "baseline" } = props;
  return {
    name,
    admin: props.admin ?? false,
    privileged: props.privileged ?? false,
    adopt: props.adopt ?? false,
    clusters,
    namespaces: (props.namespaces ?? [name]).map(namespaceOf),
    permissions: new Map(sortedEntries(props.permissions ?? {})),
    users: sortedEntries(props.users ?? {}).map(([user, given]) => {
      const {
        permissions,
        oidcUsername,
        keyAlgorithm = "ecdsa-p256",
      }: UserProps = isList(given) ? { permissions: given } : given;
      return { name: user, permissions, oidcUsername, keyAlgorithm };
    }),
    groups: sortedEntries(props.groups ?? {}).map(([group, permissions]) => ({ name: group, permissions })),
    serviceAccounts: sortedEntries(props.serviceAccounts ?? {}).map(([account, given]) => {
      const { permissions, namespace }: ServiceAccountProps = isList(given) ? { permissions: given } : given;
      return { name: account, permissions, namespace };
    }),
    quotas: quotasOf(props.quota),
    limits: props.limits ?? "by quota",
    network: props.network ?? "isolated",
    dns: props.dns === undefined ? undefined : defineDns(name, props.dns),
    mesh: defineMesh(name, props.mesh),
    podSecurity:
      typeof podSecurity === "string" ? { enforce: podSecurity } : { enforce: "baseline", ...defined(podSecurity) },
  };
}

/** The namespaces that a cloud has on one cluster, the first first. */
export function namespacesOn(cloud: CloudDefinition, cluster: string): readonly CloudNamespace[] {
  return cloud.namespaces.some(({ clusters }) => clusters !== undefined)
    ? cloud.namespaces.filter(({ clusters }) => clusters?.has(cluster) ?? true)
    : cloud.namespaces;
}

const namespaceOf = (given: NonNullable<LogicalCloudProps["namespaces"]>[number]): CloudNamespace =>
  typeof given === "string"
    ? { name: given, labels: {}, annotations: {}, clusters: undefined }
    : {
        name: given.name,
        labels: given.labels ?? {},
        annotations: given.annotations ?? {},
        clusters: given.clusters === undefined ? undefined : new Set(given.clusters),
      };

const isList = (given: readonly string[] | object): given is readonly string[] => Array.isArray(given);

const sortedEntries = <V>(record: Readonly<Record<string, V>>): [string, V][] =>
  Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
