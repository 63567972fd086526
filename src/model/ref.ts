import type { Manifest } from "./manifest.ts";

/** What names one object in a cluster. */
export interface Ref {
  readonly apiVersion: string;
  readonly kind: string;
  /** Absent on cluster-scoped objects. */
  readonly namespace?: string;
  readonly name: string;
}

export function refOf(manifest: Manifest): Ref {
  const { apiVersion, kind, metadata } = manifest;
  const { namespace, name } = metadata;
  return namespace === undefined ? { apiVersion, kind, name } : { apiVersion, kind, namespace, name };
}

/** `Kind/namespace/name`, or `Kind/name` where there is no namespace: for people. */
export function formatRef({ kind, namespace, name }: Ref): string {
  return namespace === undefined ? `${kind}/${name}` : `${kind}/${namespace}/${name}`;
}

/** The API group of an apiVersion; the core group is the empty string. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}

/**
 * A key that two refs share exactly if they name the same object: another version of the same group is the same object.
 *
 * @returns `group|Kind|namespace|name`
 */
export function refKey({ apiVersion, kind, namespace, name }: Ref): string {
  return `${groupOf(apiVersion)}|${kind}|${namespace ?? ""}|${name}`;
}
