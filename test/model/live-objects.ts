import type { JsonObject, LiveManifest, Manifest } from "../../src/model/manifest.ts";
import { applyFields, updateFields } from "../fakes/field-owners.ts";

export const bare = ({ apiVersion, kind, metadata: { name, namespace } }: Manifest): LiveManifest => ({
  apiVersion,
  kind,
  metadata: { name, ...(namespace === undefined ? {} : { namespace }), uid: "u", resourceVersion: "1" },
});

/** The object as an API server without normalisations keeps it. */
export const applied = (manifest: Manifest, live = bare(manifest)): LiveManifest =>
  applyFields(live, manifest, "logical-clouds").object;

/** What an API server keeps instead of what was applied; all of it still ours. */
export const stored = (manifest: Manifest, content: object): LiveManifest => ({ ...applied(manifest), ...content });

export const edited = (live: LiveManifest, content: object): LiveManifest =>
  updateFields(live, { ...live, ...content }, "kubectl-edit");

export const object = (kind: string, content: object, labels?: Record<string, string>): Manifest => ({
  apiVersion: "v1",
  kind,
  metadata: { name: "x", namespace: "shop", ...(labels === undefined ? {} : { labels }) },
  ...content,
});
export const quota = (hard: JsonObject, labels?: Record<string, string>) =>
  object("ResourceQuota", { spec: { hard } }, labels);
export const limits = (...items: readonly object[]) => ({ spec: { limits: items } });
export const role = (...rules: readonly object[]) => object("Role", { rules });
export const rule = { apiGroups: [""], resources: ["pods"], verbs: ["get"] };
export const config = (entries: JsonObject) => object("ConfigMap", { data: entries });

/** A Service whose ports have owners of their own, as only a schema can say. */
export function serviceWith(ports: readonly object[], owned: Record<number, readonly string[]>): LiveManifest {
  const element = (fields: readonly string[]) =>
    Object.fromEntries([".", ...fields.map((key) => `f:${key}`)].map((key) => [key, {}]));
  const nodes = Object.entries(owned).map(([port, fields]) => [`k:{"port":${port},"protocol":"TCP"}`, element(fields)]);
  const fieldsV1: JsonObject = { "f:spec": { "f:ports": Object.fromEntries(nodes) } };
  const live = bare(object("Service", {}));
  const managedFields = [{ manager: "logical-clouds", operation: "Apply", fieldsV1 }];
  return { ...live, metadata: { ...live.metadata, managedFields }, spec: { ports } };
}
