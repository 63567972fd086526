import { CLOUD_LABEL, MANAGED_BY, MANAGED_BY_LABEL } from "../model/labels.ts";
import type { ObjectMeta } from "../model/manifest.ts";
import { meshNamespace, meshRevision, REVISION_LABEL } from "./names.ts";

/** `metadata` of an object of a cloud's mesh. @param namespace - Left out: `istio-<cloud>`. */
export const meshMeta = (cloud: string, name: string, namespace = meshNamespace(cloud)): ObjectMeta => ({
  name,
  namespace,
  labels: meshLabels(cloud),
});

/** `metadata` of an object of a cloud's mesh that lives in no namespace. */
export const clusterMeta = (cloud: string, name: string): ObjectMeta => ({ name, labels: meshLabels(cloud) });

const meshLabels = (cloud: string): Readonly<Record<string, string>> => ({
  [MANAGED_BY_LABEL]: MANAGED_BY,
  [CLOUD_LABEL]: cloud,
});

/** An object with more labels than it has. */
export const withLabels = (meta: ObjectMeta, labels: Readonly<Record<string, string>>): ObjectMeta => ({
  ...meta,
  labels: { ...meta.labels, ...labels },
});

/** `metadata` of an object of Istio's: without a revision, no control plane's webhook would check it. */
export const istioMeta = (cloud: string, name: string): ObjectMeta =>
  withLabels(meshMeta(cloud, name), { [REVISION_LABEL]: meshRevision(cloud) });
