import type { CloudOnCluster } from "./check-cluster.ts";

/** Name that cdk8s-cli looks for in the output folder when it runs `validations`. */
export const CONSTRUCT_METADATA = "construct-metadata.json";

/** As cdk8s writes it: construct paths by object name alone, so that of several objects of one name the last remains. */
export function formatConstructMetadata(clouds: ReadonlyMap<string, readonly CloudOnCluster[]>): string {
  const resources: Record<string, { readonly path: string }> = {};
  for (const [cluster, onCluster] of clouds) {
    for (const { cloud, items } of onCluster) {
      for (const { id, manifest } of items()) {
        resources[manifest.metadata.name] = { path: `${cloud.name}/${cluster}/${id}` };
      }
    }
  }
  return JSON.stringify({ version: "1.0.0", resources });
}
