import { ApiObject } from "cdk8s";
import type { IConstruct } from "constructs";
import { CloudChart, type Once } from "../definition/cloud-chart.ts";
import type { Cluster } from "../definition/cluster.ts";
import { LazyNode } from "../definition/lazy-node.ts";
import type { LogicalCloud } from "../definition/logical-cloud.ts";
import { type Item, RenderedObject } from "../definition/rendered-object.ts";
import type { Fault } from "../model/error.ts";
import type { Manifest } from "../model/manifest.ts";
import { findPatchFault } from "./find-patch-fault.ts";
import { isPlainJson } from "./plain-json.ts";

/**
 * The final objects of a cloud on a cluster: patched, resolved, and with those that users added.
 *
 * @param fault - Called with each object that cdk8s cannot turn into a manifest.
 * @returns Where nobody has touched them, the very same array for all clusters that do not differ, by `once`.
 */
export function objectsOf(
  cloud: LogicalCloud,
  cluster: Cluster,
  once: Once,
  fault: (fault: Fault) => void,
): readonly Item[] {
  const contents = cloud.contents(cluster, once);
  const rendered = CloudChart.isCloudChart(contents) ? contents.untouched : contents;
  if (rendered === undefined || !rendered.every(isPlain)) {
    return resolvedIn(cloud.on(cluster.name).node.children, fault);
  }
  const added = CloudChart.isCloudChart(contents) ? resolvedIn(LazyNode.existing(contents), fault) : [];
  return added.length === 0 ? rendered : [...rendered, ...added];
}

/** A construct and all below it that are there already. */
export function existingConstructs(construct: IConstruct): readonly IConstruct[] {
  const found: IConstruct[] = [construct];
  // the list grows while it is walked
  for (const each of found) for (const child of LazyNode.existing(each)) found.push(child);
  return found;
}

function resolvedIn(constructs: readonly IConstruct[], fault: (fault: Fault) => void): readonly Item[] {
  return constructs
    .flatMap(existingConstructs)
    .filter((construct) => ApiObject.isApiObject(construct))
    .flatMap((object) => {
      try {
        const untouched = RenderedObject.untouched(object);
        if (untouched !== undefined && isPlain(untouched)) return [untouched];
        return [{ id: idInChart(object), manifest: labelled(resolved(object), object) }];
      } catch (cause) {
        fault({ path: object.node.path, message: unresolvedText(object, cause) });
        return [];
      }
    });
}

function unresolvedText(object: ApiObject, cause: unknown): string {
  const patch = findPatchFault(object);
  if (patch !== undefined) {
    return `the JSON patch "${patch}" does not fit the object; patch what is there, and add what lies above it first`;
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  return `${reason}; give plain JSON, or a Lazy that yields it`;
}

function resolved(object: ApiObject): Manifest {
  const { apiVersion, kind, metadata, ...fields }: Partial<Manifest> = object.toJson();
  const isNamed = typeof metadata?.name === "string" && isTextOrNone(metadata.namespace);
  if (typeof apiVersion === "string" && typeof kind === "string" && isNamed) {
    return { apiVersion, kind, metadata, ...fields };
  }
  throw new Error("has no apiVersion, kind, metadata.name or namespace that is a text");
}

const isTextOrNone = (value: unknown): boolean => value === undefined || typeof value === "string";

/** A chart of the user within ours does not have its labels. */
function labelled(manifest: Manifest, object: ApiObject): Manifest {
  if (CloudChart.isCloudChart(object.chart)) return manifest;
  const { labels } = object.node.scopes.find(CloudChart.isCloudChart) ?? object.chart;
  return { ...manifest, metadata: { ...manifest.metadata, labels: { ...labels, ...manifest.metadata.labels } } };
}

/** `<cloud>/<cluster>/` goes before it. */
const idInChart = ({ node }: IConstruct): string => node.path.split("/").slice(2).join("/");

const plain = new WeakMap<Item, boolean>();

function isPlain(item: Item): boolean {
  const known = plain.get(item) ?? isPlainJson(item.manifest);
  plain.set(item, known);
  return known;
}
