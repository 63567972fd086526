import { keepNamespace } from "../engine/protection.ts";
import { ADOPT_ANNOTATION } from "../model/labels.ts";
import type { Manifest } from "../model/manifest.ts";
import type { Once } from "./cloud-chart.ts";
import { type CloudDefinition, type CloudNamespace, namespacesOn } from "./cloud-definition.ts";
import type { Cluster } from "./cluster.ts";
import { suffixed, suffixesOf } from "./construct-ids.ts";
import { defaultLimits, type LimitRangeItem, limitsManifest } from "./limits.ts";
import { meshLabels } from "./mesh-labels.ts";
import { meshOpenings, type Openings } from "./mesh-network.ts";
import { POD_SECURITY } from "./namespace-labels.ts";
import { isolationOf, networkPolicies } from "./network.ts";
import { objectMeta } from "./object-meta.ts";
import { type Quota, quotaManifest, quotasIn } from "./quota.ts";
import { type KeyGroupOf, renderMembers } from "./render-members.ts";
import type { Item } from "./rendered-object.ts";

/**
 * All that a cloud puts on a cluster, but for what users add. What does not differ between clusters is the same: each
 * object, and the array where none of them differs.
 *
 * Construct ids: a word for the kind, `:` and a name where there are several, `@` and the namespace beyond the first.
 */
export function renderCloud(
  cloud: CloudDefinition,
  cluster: Cluster,
  keyGroupOf: KeyGroupOf,
  once: Once,
): readonly Item[] {
  if (cloud.admin) return [];
  const { traits } = cluster;
  const isolation = isolationOf(cloud.network);
  const namespaces = namespacesOn(cloud, cluster.name);
  const here = namespaces === cloud.namespaces ? "*" : namespaces.map(({ name }) => name).join();
  const members = `${here} ${cloud.users.length === 0 ? "" : traits.identity}`;
  const openings = meshOpenings(cloud, cluster);
  const network = `${here} ${isolation === undefined ? "" : traits.dns} ${isolation?.apiServer === true ? traits.apiServer : ""} ${JSON.stringify(openings)}`;
  const protection = `${here} ${traits.writer}`;
  return once(`cloud ${members} ${network} ${protection}`, () => [
    ...once(`namespaces ${protection}`, () =>
      inEach(namespaces, (namespace) => namespaceItems(cloud, namespace, keepNamespace(traits.writer))),
    ),
    ...once(`network ${network}`, () => networkItems(cloud, cluster, namespaces, openings)),
    ...once(`members ${members}`, () => renderMembers(cloud, cluster, namespaces, keyGroupOf)),
  ]);
}

type Annotations = Readonly<Record<string, string>>;

function inEach(
  namespaces: readonly CloudNamespace[],
  render: (namespace: CloudNamespace) => readonly Item[],
): readonly Item[] {
  const suffixes = suffixesOf(namespaces);
  return namespaces.flatMap((namespace) =>
    render(namespace).map((item) => suffixed(item, suffixes.get(namespace.name))),
  );
}

function namespaceItems(cloud: CloudDefinition, namespace: CloudNamespace, protection: Annotations): readonly Item[] {
  const { name } = namespace;
  const quotas = quotasIn(cloud.quotas, name);
  const limits = limitsIn(cloud, quotas);
  return [
    { id: "namespace", manifest: namespaceManifest(cloud, namespace, protection) },
    ...quotas.map((quota) => ({
      id: quota.name === undefined ? "quota" : `quota:${quota.name}`,
      manifest: quotaManifest(cloud.name, name, quota),
    })),
    ...(limits === undefined ? [] : [{ id: "limits", manifest: limitsManifest(cloud.name, name, limits) }]),
  ];
}

function networkItems(
  cloud: CloudDefinition,
  cluster: Cluster,
  namespaces: readonly CloudNamespace[],
  openings: Openings,
): readonly Item[] {
  const own = namespaces.map(({ name }) => name);
  return inEach(namespaces, ({ name }) => {
    const policies = networkPolicies(cloud.name, name, own, cloud.network, cluster, openings);
    return policies.map((manifest) => ({
      id: policies.length === 1 ? "network" : `network:${manifest.metadata.name}`,
      manifest,
    }));
  });
}

function limitsIn({ limits }: CloudDefinition, quotas: readonly Quota[]): readonly LimitRangeItem[] | undefined {
  if (limits === "none") return undefined;
  return limits === "by quota" ? defaultLimits(quotas) : limits;
}

function namespaceManifest(
  cloud: CloudDefinition,
  { name, labels, annotations }: CloudNamespace,
  protection: Annotations,
): Manifest {
  const meta = objectMeta(cloud.name, name);
  const security = Object.entries(cloud.podSecurity).map(([mode, level]) => [`${POD_SECURITY}${mode}`, level]);
  const adopt = cloud.adopt ? { [ADOPT_ANNOTATION]: "true" } : {};
  const allAnnotations = { ...annotations, ...adopt, ...protection };
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: {
      name,
      labels: { ...labels, ...meshLabels(cloud), ...Object.fromEntries(security), ...meta.labels },
      ...(Object.keys(allAnnotations).length === 0 ? {} : { annotations: allAnnotations }),
    },
  };
}
