import { type CloudDefinition, namespacesOn } from "../definition/cloud-definition.ts";
import type { Cluster } from "../definition/cluster.ts";
import type { FleetRoot } from "../definition/fleet-root.ts";
import { FILE_VERSION } from "../rendered/files.ts";
import { formatGrantsFile } from "../rendered/format-files.ts";
import { formatManifests } from "../rendered/format-yaml.ts";
import { layout } from "../rendered/layout.ts";
import { grantsOn } from "./grants.ts";

/** What of a cloud is not delivered, but done by post-sync: into `files`, once for clusters that know users alike. */
export function renderGrants(app: FleetRoot, cloud: CloudDefinition, files: Map<string, string>): void {
  if (cloud.users.length === 0) return;
  const known = new Map<string, Texts>();
  for (const cluster of cloud.clusters) {
    const namespaces = namespacesOn(cloud, cluster.name).map(({ name }) => name);
    const variant = [cluster.identity, cluster.expirationSeconds, cluster.oidc?.username, ...namespaces].join("|");
    const texts = known.get(variant) ?? format(app, cloud, cluster);
    known.set(variant, texts);
    if (texts.grants !== "") files.set(layout.grants(cluster.name, cloud.name), texts.grants);
    if (texts.requests !== "") files.set(layout.requests(cluster.name, cloud.name), texts.requests);
  }
}

/** Empty where there is nothing to do. */
interface Texts {
  readonly grants: string;
  readonly requests: string;
}

function format(app: FleetRoot, cloud: CloudDefinition, cluster: Cluster): Texts {
  const { grants, requests } = grantsOn(cloud, cluster, (user) => app.findRequest(cloud.name, user));
  const file = { version: FILE_VERSION, cloud: cloud.name, users: grants } as const;
  return {
    grants: grants.length === 0 ? "" : formatGrantsFile(file),
    requests: formatManifests([...requests].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))),
  };
}
