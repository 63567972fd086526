import { type ApiObject, App, type AppProps, type Chart } from "cdk8s";
import { invalid } from "../model/error.ts";
import type { CertificateRequest } from "../x509/request.ts";
import { type Cluster, clustersOf } from "./cluster.ts";
import { isChildId } from "./construct-ids.ts";
import type { Fleet, LabelValues } from "./fleet.ts";
import { FLEET_SHAPE } from "./fleet-shape.ts";
import { shapeFaults } from "./shape.ts";

/**
 * By which cdk8s knows a Chart. An ApiObject in none cannot even be made, and what cdk8s says then helps nobody; so the
 * app takes those, and synthesis tells them with all other faults.
 */
const CHART = Symbol.for("cdk8s.Chart");

const FLEET_ROOT = Symbol.for("logical-clouds.FleetRoot");

/** What clouds are made in: a cdk8s App that knows the fleet. */
export abstract class FleetRoot<C extends string = string, L extends LabelValues = LabelValues> extends App {
  readonly fleet: Fleet<C, L>;
  /** By name. */
  readonly clusters: readonly Cluster[];

  /** @throws {@link CloudError} `INVALID` if the fleet is not what its type says; all other faults are told at synth. */
  protected constructor(fleet: Fleet<C, L>, props: AppProps) {
    super(props);
    const faults = formFaults(fleet);
    if (faults.length > 0) {
      const atFleet = faults.map((message) => ({ path: "fleet", message }));
      throw invalid(atFleet, "nothing was made");
    }
    this.fleet = fleet;
    this.clusters = clustersOf(fleet);
    Object.defineProperty(this, FLEET_ROOT, { value: true });
    Object.defineProperty(this, CHART, { value: true });
  }

  override get charts(): Chart[] {
    return super.charts.filter((chart) => !FleetRoot.isFleetRoot(chart));
  }

  /**
   * What cdk8s asks of a Chart.
   *
   * @internal
   */
  generateObjectName({ node }: ApiObject): string {
    return node.id;
  }

  static isFleetRoot(value: unknown): value is FleetRoot {
    return typeof value === "object" && value !== null && FLEET_ROOT in value;
  }

  /**
   * The public certificate request of a user.
   *
   * @returns undefined where there is none, or a wrong one; synthesis tells which.
   * @internal
   */
  abstract findRequest(cloud: string, user: string): CertificateRequest | undefined;
}

function formFaults(fleet: Fleet): readonly string[] {
  const faults = shapeFaults(fleet, FLEET_SHAPE, "");
  if (faults.length > 0) return faults;
  return Object.keys(fleet.clusters)
    .filter((name) => !isChildId(name))
    .map((name) => `clusters.${name}: is a name that JavaScript keeps for itself; choose another one`);
}
