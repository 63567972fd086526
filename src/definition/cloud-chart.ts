import { type ApiObject, Chart } from "cdk8s";
import type { Construct } from "constructs";
import { CLOUD_LABEL, MANAGED_BY, MANAGED_BY_LABEL } from "../model/labels.ts";
import { LazyNode } from "./lazy-node.ts";
import { type Item, RenderedObject } from "./rendered-object.ts";

const CLOUD_CHART = Symbol.for("logical-clouds.CloudChart");

/** Renders what has that key, or returns the very same array as the last time. */
export type Once = (key: string, render: () => readonly Item[]) => readonly Item[];

/** What was rendered once is kept as long as the function that is returned. */
export function onceEach(): Once {
  const known = new Map<string, readonly Item[]>();
  return (key, render) => {
    const items = known.get(key) ?? render();
    known.set(key, items);
    return items;
  };
}

/**
 * What one cloud puts on one cluster: a chart to which users may add objects of their own, and whose objects of ours
 * they may patch.
 */
export class CloudChart extends Chart {
  /** Name of the cluster. */
  readonly cluster: string;
  readonly #render: () => readonly Item[];
  #made: ReadonlyMap<string, ApiObject> | undefined;

  /** @internal */
  constructor(scope: Construct, cloud: string, cluster: string, render: () => readonly Item[]) {
    super(scope, cluster, { labels: { [MANAGED_BY_LABEL]: MANAGED_BY, [CLOUD_LABEL]: cloud } });
    this.cluster = cluster;
    this.#render = render;
    Object.defineProperty(this, CLOUD_CHART, { value: true });
    LazyNode.defer(this, () => this.#make());
  }

  /** To be used instead of `instanceof`, which holds for every Chart. */
  static isCloudChart(value: unknown): value is CloudChart {
    return typeof value === "object" && value !== null && CLOUD_CHART in value;
  }

  /**
   * Our objects, while nobody has looked at this chart; undefined from then on, since they may have been changed.
   *
   * @internal
   */
  get untouched(): readonly Item[] | undefined {
    return this.#made === undefined ? this.#render() : undefined;
  }

  /**
   * Construct ids of ours that a construct of the user holds.
   *
   * @internal
   */
  get takenIds(): readonly string[] {
    const own = new Set(
      LazyNode.existing(this)
        .filter((child) => this.#made?.get(child.node.id) !== child)
        .map((child) => child.node.id),
    );
    return own.size === 0 ? [] : this.#render().flatMap(({ id }) => (own.has(id) ? [id] : []));
  }

  #make(): void {
    const taken = new Set(LazyNode.existing(this).map((child) => child.node.id));
    const made = new Map<string, ApiObject>();
    this.#made = made;
    for (const item of this.#render()) {
      if (!taken.has(item.id)) made.set(item.id, new RenderedObject(this, item));
    }
  }
}
