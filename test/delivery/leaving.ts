import { TERMINATING_ANNOTATION } from "../../src/model/labels.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { isBinding } from "../../src/model/policy-rule.ts";
import type { RenderedCluster } from "../../src/rendered/rendered-cluster.ts";

/** As synthesis renders a cloud that is leaving. */
export const leaving = (objects: readonly Manifest[]): readonly Manifest[] =>
  objects
    .filter((manifest) => !isBinding(manifest))
    .map((manifest) =>
      manifest.kind === "Namespace"
        ? { ...manifest, metadata: { ...manifest.metadata, annotations: { [TERMINATING_ANNOTATION]: "true" } } }
        : manifest,
    );

/** The same cluster, which says that clouds have been led out of it. */
export const terminated = (cluster: RenderedCluster, ...clouds: readonly string[]): RenderedCluster => ({
  ...cluster,
  file: { ...cluster.file, terminated: clouds },
});
