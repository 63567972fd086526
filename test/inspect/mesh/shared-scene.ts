import { sharedPolicies } from "../../../src/mesh/mesh-policies.ts";
import type { Manifest } from "../../../src/model/manifest.ts";
import type { ClusterFile } from "../../../src/rendered/files.ts";
import type { RenderedCluster } from "../../../src/rendered/rendered-cluster.ts";

/** Namespaces of cloud `wiki`, which is in the mesh of revision `platform`. */
export const WIKI = ["wiki", "wiki-db"] as const;

export const wikiNamespace = (name: string, labels: Readonly<Record<string, string>> = {}): Manifest => ({
  ...{ apiVersion: "v1", kind: "Namespace" },
  metadata: { name, labels: { "istio.io/rev": "platform", ...labels } },
});

/** A cluster of dist/ with that cloud. */
export const wikiCluster = (): RenderedCluster => ({
  file: { name: "east", access: { context: "east" }, delivery: { kind: "direct" } } as ClusterFile,
  units: [
    { name: "lc-cloud-wiki", cloud: "wiki", manifests: WIKI.map((name) => wikiNamespace(name)) },
    {
      ...{ name: "lc-gateway-wiki", cloud: "wiki" },
      manifests: sharedPolicies({
        ...{ mode: "shared", cloud: "wiki", cluster: "east", revision: "platform", mtls: "strict" },
        ...{ namespaces: WIKI, cloudNamespaces: WIKI },
      }),
    },
  ],
  clouds: [{ name: "wiki", requests: [], grants: [] }],
});
