import { istiodRelease } from "../../mesh/charts.ts";
import { meshNamespace, meshRevision } from "../../mesh/names.ts";
import { TERMINATING_ANNOTATION } from "../../model/labels.ts";
import { layout, parsePath } from "../../rendered/layout.ts";

/** A cloud's file, as it was and as it shall be. */
export interface CloudFile {
  readonly cloud: string;
  readonly before: string;
  readonly after: string;
}

/** The cloud whose objects, or control plane, lie in a file of a cluster's folder; undefined for all other files. */
export function cloudOfFile(cluster: string, path: string): string | undefined {
  const file = parsePath(`${cluster}/${path}`);
  return file?.kind === "cloud" || file?.kind === "mesh" ? file.cloud : undefined;
}

/** Namespaces that clouds have no longer, each as `cloud/namespace`. Their clouds stay. */
export const lostNamespaces = (files: readonly CloudFile[]): readonly string[] =>
  files.flatMap(({ cloud, before, after }) => {
    const kept = new Set(namespacesIn(after));
    return namespacesIn(before).flatMap((name) => (kept.has(name) ? [] : [`${cloud}/${name}`]));
  });

const namespacesIn = (text: string): readonly string[] => namesIn(text, "Namespace");

/** Of a file that was written by us: a document's `metadata` comes before all else that might have a `name`. */
const namesIn = (text: string, kind: string): readonly string[] =>
  text.split("\n---\n").flatMap((document) => {
    if (!document.split("\n").includes(`kind: ${kind}`)) return [];
    const [, name] = /^ {2}name: "?([a-z0-9-]+)"?$/m.exec(document) ?? [];
    return name === undefined ? [] : [name];
  });

/**
 * Clouds whose control plane another installer is to have than the one that uninstalls it: Helm deletes by name, and so
 * takes away what the other has just made.
 */
export const uninstalledMeshes = (files: readonly CloudFile[]): readonly string[] =>
  files.flatMap(({ cloud, before, after }) => {
    const uninstallers = [
      ["HelmRelease", istiodRelease(cloud)],
      ["Istio", meshRevision(cloud)],
    ] as const;
    const isThere = (text: string) => uninstallers.filter(([kind, name]) => namesIn(text, kind).includes(name));
    return isThere(before).some((each) => !isThere(after).includes(each)) ? [cloud] : [];
  });

/**
 * Namespaces that go with the meshes of clouds which stay, each as `cloud/namespace`: with their keys. Where a cloud is
 * being led out, its mesh goes first.
 *
 * @param before - Paths of the cluster's folder that are there.
 * @param after - Texts of those that shall be there; undefined for one that shall not.
 */
export const lostMeshes = (
  cluster: string,
  before: Iterable<string>,
  after: (path: string) => string | undefined,
): readonly string[] =>
  [...before].flatMap((path) => {
    const file = parsePath(`${cluster}/${path}`);
    if (file?.kind !== "mesh" || after(path) !== undefined) return [];
    const cloud = after(layout.cloud(cluster, file.cloud).slice(cluster.length + 1));
    return cloud === undefined || LEAVING.test(cloud) ? [] : [`${file.cloud}/${meshNamespace(file.cloud)}`];
  });

/** As synthesis writes it on a Namespace. */
const LEAVING = new RegExp(`^ {4}${TERMINATING_ANNOTATION}: "true"$`, "m");
