import type { Item } from "../definition/cloud-chart.ts";
import { namespacesOn } from "../definition/cloud-definition.ts";
import type { Cluster } from "../definition/cluster.ts";
import type { FleetRoot } from "../definition/fleet-root.ts";
import type { LogicalCloud } from "../definition/logical-cloud.ts";
import type { Fault } from "../model/error.ts";
import { FILE_VERSION } from "../rendered/files.ts";
import { formatClusterFile, formatGrantsFile, formatKustomization } from "../rendered/format-files.ts";
import { formatManifests } from "../rendered/format-yaml.ts";
import { layout } from "../rendered/layout.ts";
import { objectsOf } from "./cloud-objects.ts";
import { clusterFile, sharedManifests } from "./cluster-files.ts";
import { formatObjects } from "./format-objects.ts";
import { grantsOn } from "./grants.ts";

/** What synthesis makes of an app. */
export interface RenderedFleet {
  /** Texts by path of the `layout`. */
  readonly files: ReadonlyMap<string, string>;
  readonly faults: readonly Fault[];
}

/** Render every cloud on each of its clusters. What is the same on several clusters is made once. */
export function renderFleet(app: FleetRoot, clouds: readonly LogicalCloud[]): RenderedFleet {
  const files = new Map<string, string>();
  const faults: Fault[] = [];
  const resources = new Map(app.clusters.map(({ name }) => [name, ["cluster/cluster.k8s.yaml"]]));
  for (const cluster of app.clusters) {
    files.set(layout.clusterFile(cluster.name), formatClusterFile(clusterFile(cluster)));
    files.set(layout.shared(cluster.name), formatManifests(sharedManifests(cluster)));
  }
  for (const cloud of clouds) {
    const name = cloud.node.id;
    const texts = new Map<readonly Item[], string>();
    for (const cluster of cloud.definition.clusters) {
      const items = objectsOf(cloud, cluster, (fault) => faults.push(fault));
      const at = (id: string) => `${name}/${cluster.name}/${id}`;
      const text = texts.get(items) ?? formatObjects(items, (id, message) => faults.push({ path: at(id), message }));
      texts.set(items, text);
      if (text !== "") {
        files.set(layout.cloud(cluster.name, name), text);
        resources.get(cluster.name)?.push(`clouds/${name}/cloud.k8s.yaml`);
      }
    }
    renderGrants(app, cloud, files);
  }
  for (const [cluster, paths] of resources) files.set(layout.kustomization(cluster), formatKustomization(paths));
  return { files, faults };
}

/** What is not delivered, but done by post-sync; the same on clusters that know users in the same way. */
function renderGrants(app: FleetRoot, cloud: LogicalCloud, files: Map<string, string>): void {
  const { definition } = cloud;
  const texts = new Map<string, { readonly grants: string; readonly requests: string }>();
  const render = (cluster: Cluster) => {
    const { grants, requests } = grantsOn(definition, cluster, (user) => app.findRequest(definition.name, user));
    const file = { version: FILE_VERSION, cloud: definition.name, users: grants } as const;
    return {
      grants: grants.length === 0 ? "" : formatGrantsFile(file),
      requests: formatManifests([...requests].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))),
    };
  };
  if (definition.users.length === 0) return;
  for (const cluster of definition.clusters) {
    const namespaces = namespacesOn(definition, cluster.name).map((namespace) => namespace.name);
    const variant = [cluster.identity, cluster.expirationSeconds, cluster.oidc?.username, ...namespaces].join("|");
    const { grants, requests } = texts.get(variant) ?? render(cluster);
    texts.set(variant, { grants, requests });
    if (grants !== "") files.set(layout.grants(cluster.name, definition.name), grants);
    if (requests !== "") files.set(layout.requests(cluster.name, definition.name), requests);
  }
}
