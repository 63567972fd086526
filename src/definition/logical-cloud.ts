import type { Chart } from "cdk8s";
import { Construct } from "constructs";
import { CloudError } from "../model/error.ts";
import { checkCloud } from "./check-cloud.ts";
import { checkShape, type Doubts } from "./check-shape.ts";
import { CloudChart, type Once, onceEach } from "./cloud-chart.ts";
import { type CloudDefinition, defineCloud } from "./cloud-definition.ts";
import type { Cluster } from "./cluster.ts";
import { isChildId } from "./construct-ids.ts";
import type { LabelValues } from "./fleet.ts";
import { FleetRoot } from "./fleet-root.ts";
import { LazyNode } from "./lazy-node.ts";
import type { LogicalCloudProps } from "./props.ts";
import { renderCloud } from "./render-cloud.ts";
import type { Item } from "./rendered-object.ts";
import { selectClusters } from "./select-clusters.ts";

const LOGICAL_CLOUD = Symbol.for("logical-clouds.LogicalCloud");

/**
 * A tenant spread over clusters: the same namespaces, users, permissions and quotas in each.
 *
 * It holds a cdk8s Chart per cluster. What you add to a chart is delivered with the cloud; what the cloud itself
 * renders there can be found by construct id (`namespace`, `quota`, `limits`, `network`, `role-binding:<set>`, …)
 * and patched with cdk8s' own means.
 */
export class LogicalCloud<
  C extends string = string,
  L extends LabelValues = LabelValues,
  const P extends string = string,
  const N extends string = string,
> extends Construct {
  /** @internal */
  readonly definition: CloudDefinition;
  /**
   * Props of which {@link definition} does not have what was meant, since something is wrong with them.
   *
   * @internal
   */
  readonly doubts: Doubts;
  /**
   * The clusters that have a chart: the cloud's. Where something is wrong with these so that none is left, all are, to
   * find what else is wrong; nothing is written then.
   *
   * @internal
   */
  readonly chartClusters: readonly Cluster[];
  readonly #root: FleetRoot;
  readonly #charts = new Map<string, CloudChart>();
  /** Where a chart was asked for. Most never are, and their objects are gone when they are written. */
  #once: Once | undefined;

  /**
   * @param app - The {@link FleetApp}.
   * @param name - A DNS label; also the cloud's namespace where `namespaces` names none.
   * @throws {@link CloudError} `INVALID` only if `app` is no FleetApp or no cloud of that name can be made in it; all other faults are told together at synth.
   */
  constructor(app: FleetRoot<C, L>, name: string, props: LogicalCloudProps<NoInfer<C>, NoInfer<L>, P, N> = {}) {
    if (!FleetRoot.isFleetRoot(app)) {
      throw refused(String(name), "a LogicalCloud is made in a FleetApp; use new FleetApp({ fleet }) as the app");
    }
    if (name === "" || !isChildId(name)) throw refused(`"${name}"`, "is no name for a cloud; choose another one");
    if (app.node.tryFindChild(name) !== undefined) {
      throw refused(`"${name}"`, "is in the app already; name each cloud once");
    }
    super(app, name);
    const { sound, faults: shapeFaults, doubts } = checkShape(props);
    const { clusters, faults: clusterFaults } = clustersFor(app.clusters, sound, doubts);
    this.#root = app;
    this.doubts = clusterFaults.length === 0 ? doubts : new Set([...doubts, "clusters"]);
    // what only a privileged cloud may do is no fault where it is not known whether this one is
    this.definition = defineCloud(name, doubts.has("privileged") ? { ...sound, privileged: true } : sound, clusters);
    this.chartClusters = clusters.length === 0 && this.doubts.has("clusters") ? app.clusters : clusters;
    const faults = [...shapeFaults, ...clusterFaults, ...checkCloud(this.definition, sound, this.doubts)];
    if (faults.length > 0) this.node.addValidation({ validate: () => faults });
    Object.defineProperty(this, LOGICAL_CLOUD, { value: true });
    LazyNode.defer(this, () => {
      for (const cluster of this.chartClusters) this.#chartOf(cluster);
    });
  }

  static isLogicalCloud(value: unknown): value is LogicalCloud {
    return typeof value === "object" && value !== null && LOGICAL_CLOUD in value;
  }

  /**
   * The chart of one cluster.
   *
   * @throws {@link CloudError} `INVALID` if the cloud is not on that cluster.
   */
  on(cluster: C): Chart {
    const found = this.chartClusters.find(({ name }) => name === cluster);
    if (found === undefined) {
      const there = this.chartClusters.map(({ name }) => name).join(", ");
      throw refused(this.node.id, `is not on cluster "${cluster}"; it is on ${there || "none"}`);
    }
    return this.#chartOf(found);
  }

  /** The charts of all clusters of the cloud, by cluster name. */
  get charts(): ReadonlyMap<C, Chart> {
    return new Map(this.chartClusters.map((cluster) => [cluster.name as C, this.#chartOf(cluster)]));
  }

  /**
   * The chart of a cluster if anybody has asked for it, else what it would hold.
   *
   * @internal
   */
  contents(cluster: Cluster, once: Once): CloudChart | readonly Item[] {
    return this.#charts.get(cluster.name) ?? this.#render(cluster, once);
  }

  #chartOf(cluster: Cluster): CloudChart {
    let chart = this.#charts.get(cluster.name);
    if (chart === undefined) {
      this.#once ??= onceEach();
      chart = new CloudChart(this, this.node.id, cluster.name, () => this.#render(cluster));
      this.#charts.set(cluster.name, chart);
    }
    return chart;
  }

  #render(cluster: Cluster, once = onceEach()): readonly Item[] {
    const keyGroupOf = (user: string) => this.#root.findRequest(this.node.id, user)?.group;
    return renderCloud(this.definition, cluster, keyGroupOf, this.#once ?? once);
  }
}

/** A mistake after which there is nothing to go on with. */
const refused = (path: string, message: string): CloudError =>
  new CloudError("INVALID", `${path}: ${message}`, { faults: [{ path, message }] });

/** The clusters of a cloud, none where it cannot be told which. */
function clustersFor(
  all: readonly Cluster[],
  { clusters: selection = "all" }: LogicalCloudProps,
  doubts: Doubts,
): { readonly clusters: readonly Cluster[]; readonly faults: readonly string[] } {
  const faults: string[] = [];
  const clusters = selectClusters(all, selection, (fault) => faults.push(`clusters: ${fault}`));
  if (doubts.has("clusters") && selection === "all") return { clusters: [], faults };
  if (clusters.length === 0 && faults.length === 0 && !doubts.has("clusters")) {
    faults.push("clusters: no cluster is selected; name at least one");
  }
  return { clusters, faults };
}
