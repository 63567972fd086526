import { isDnsLabel } from "../model/names.ts";
import { checkDns } from "./check-dns.ts";
import { checkAccounts, checkPermissions, checkUsers } from "./check-members.ts";
import { checkMesh } from "./check-mesh.ts";
import type { Doubts } from "./check-shape.ts";
import { type CloudDefinition, type CloudNamespace, namespacesOn } from "./cloud-definition.ts";
import { givenLabelFault } from "./namespace-labels.ts";
import { isolationOf, type NetworkPeer } from "./network.ts";
import type { LogicalCloudProps } from "./props.ts";
import { isReservedNamespace } from "./reserved-namespaces.ts";

/**
 * Mistakes in a cloud's props that its manifests would no longer show. All others are found on the final manifests.
 *
 * @param doubts - Props of which nothing is to be concluded for others: something is wrong with them already.
 * @returns One message for each: the prop, what is wrong, what to do.
 */
export function checkCloud(cloud: CloudDefinition, props: LogicalCloudProps, doubts: Doubts): readonly string[] {
  return [
    ...checkName(cloud),
    ...(cloud.admin ? checkAdmin(props) : []),
    ...(doubts.has("admin") ? [] : checkNamespaces(cloud)),
    ...(doubts.has("clusters") ? [] : checkSpread(cloud, doubts)),
    ...checkPermissions(cloud, doubts),
    ...checkUsers(cloud, doubts),
    ...checkAccounts(cloud, doubts),
    ...checkQuotas(cloud, doubts),
    ...checkNetwork(cloud),
    ...(cloud.admin || doubts.has("dns") ? [] : checkDns(cloud, !doubts.has("namespaces"))),
    ...(cloud.admin || doubts.has("mesh") ? [] : checkMesh(cloud, doubts)),
  ];
}

function checkName({ name }: CloudDefinition): readonly string[] {
  return isDnsLabel(name) ? [] : [`name "${name}" is no DNS label; use a-z, 0-9 and -, at most 63 characters`];
}

/** What an admin cloud may say; everything else is about objects that it does not make. */
const ADMIN_PROPS: readonly string[] = ["clusters", "namespaces", "privileged", "admin"];

function checkAdmin(props: LogicalCloudProps): readonly string[] {
  return Object.keys(props)
    .filter((prop) => !ADMIN_PROPS.includes(prop))
    .map((prop) => `${prop}: ${onlyRefers(prop)}`);
}

const onlyRefers = (prop: string): string =>
  `an admin cloud only refers to namespaces that exist; leave out ${prop} or admin: true`;

function checkNamespaces(cloud: CloudDefinition): readonly string[] {
  const faults: string[] = [];
  const seen = new Set<string>();
  for (const namespace of cloud.namespaces) {
    const { name } = namespace;
    // of other clouds, the rendered Namespace shows it
    if (cloud.admin && !isDnsLabel(name)) faults.push(`namespaces: "${name}" is no DNS label; use a-z, 0-9 and -`);
    if (!cloud.admin && isReservedNamespace(name)) {
      faults.push(`namespaces: "${name}" belongs to the system; choose another name`);
    }
    if (seen.has(name)) faults.push(`namespaces: "${name}" is named twice; name it once`);
    seen.add(name);
    faults.push(...(cloud.admin ? checkReferred(namespace) : checkLabels(namespace)));
  }
  return faults;
}

/** Whether namespaces and clusters fit together. */
function checkSpread(cloud: CloudDefinition, doubts: Doubts): readonly string[] {
  const onClusters = new Set(cloud.clusters.map(({ name }) => name));
  const elsewhere = cloud.namespaces.flatMap(({ name, clusters }) =>
    [...(clusters ?? [])]
      .filter((cluster) => !onClusters.has(cluster))
      .map(
        (cluster) =>
          `namespaces: "${name}" is wanted on "${cluster}", where the cloud is not; add the cluster to the cloud`,
      ),
  );
  const empty = cloud.clusters
    .filter(({ name }) => !doubts.has("namespaces") && namespacesOn(cloud, name).length === 0)
    .map(({ name }) => `namespaces: none is on cluster "${name}"; give it one or take the cluster out`);
  return [...elsewhere, ...empty];
}

const checkLabels = ({ name, labels }: CloudNamespace): readonly string[] =>
  Object.keys(labels)
    .flatMap((key) => givenLabelFault(key) ?? [])
    .map((fault) => `namespaces.${name}.labels: ${fault}`);

/** A namespace that an admin cloud refers to is another's to label and annotate. */
const checkReferred = ({ name, labels, annotations }: CloudNamespace): readonly string[] =>
  Object.entries({ labels, annotations })
    .filter(([, given]) => Object.keys(given).length > 0)
    .map(([field]) => `namespaces.${name}.${field}: ${onlyRefers(field)}`);

function checkQuotas(cloud: CloudDefinition, doubts: Doubts): readonly string[] {
  const own = cloud.namespaces.map(({ name }) => name);
  return cloud.quotas.flatMap(({ name, hard, namespaces = [] }) => {
    const [at, under] = name === undefined ? ["quota", ""] : [`quota.${name}`, " under hard"];
    return [
      ...(Object.keys(hard).length === 0 ? [`${at}: limits nothing; name a resource${under} or take it out`] : []),
      ...namespaces
        .filter((namespace) => !doubts.has("namespaces") && !own.includes(namespace))
        .map((namespace) => `${at}.namespaces: "${namespace}" is not the cloud's; use one of ${own.join(", ")}`),
    ];
  });
}

function checkNetwork({ network, clusters }: CloudDefinition): readonly string[] {
  const { apiServer = false, ingressFrom = [], egressTo = [] } = isolationOf(network) ?? {};
  return [
    ...ingressFrom.flatMap((peer) => checkPeer("network.ingressFrom", peer)),
    ...egressTo.flatMap((peer) => checkPeer("network.egressTo", peer)),
    ...clusters
      .filter(({ apiServerCidrs }) => apiServer && apiServerCidrs.length === 0)
      .map(
        ({ name }) => `network.apiServer: the API server of "${name}" is nowhere; set apiServerCidrs on the cluster`,
      ),
  ];
}

function checkPeer(at: string, peer: NetworkPeer): readonly string[] {
  if (typeof peer === "object" && "cidr" in peer) return [];
  const namespace = typeof peer === "string" ? peer : peer.namespace;
  return isDnsLabel(namespace) ? [] : [`${at}: "${namespace}" is no name of a namespace; write addresses as cidr`];
}
