import type { Item } from "../definition/cloud-chart.ts";
import { CloudError } from "../model/error.ts";
import { groupOf } from "../model/ref.ts";
import { formatManifest, joinDocuments } from "../rendered/format-yaml.ts";

/**
 * Objects as a file, sorted by kind, namespace and name: an order that does not depend on how they came about.
 *
 * @param fault - Called with each object that YAML cannot hold.
 */
export function formatObjects(items: readonly Item[], fault: (id: string, message: string) => void): string {
  const documents = [...items].sort(byRef).map(({ id, manifest }) => {
    try {
      return formatManifest(manifest);
    } catch (cause) {
      if (!(cause instanceof CloudError)) throw cause;
      fault(id, cause.message);
      return "";
    }
  });
  return joinDocuments(documents);
}

function byRef({ manifest: a }: Item, { manifest: b }: Item): number {
  return (
    compare(a.kind, b.kind) ||
    compare(a.metadata.namespace ?? "", b.metadata.namespace ?? "") ||
    compare(a.metadata.name, b.metadata.name) ||
    compare(groupOf(a.apiVersion), groupOf(b.apiVersion))
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
