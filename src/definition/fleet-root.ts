import { App, type AppProps } from "cdk8s";
import type { CertificateRequest } from "../x509/request.ts";
import { type Cluster, clustersOf } from "./cluster.ts";
import type { Fleet, LabelValues } from "./fleet.ts";

const FLEET_ROOT = Symbol.for("logical-clouds.FleetRoot");

/** What clouds are made in: a cdk8s App that knows the fleet. */
export abstract class FleetRoot<C extends string = string, L extends LabelValues = LabelValues> extends App {
  readonly fleet: Fleet<C, L>;
  /** By name. */
  readonly clusters: readonly Cluster[];

  protected constructor(fleet: Fleet<C, L>, props: AppProps) {
    super(props);
    this.fleet = fleet;
    this.clusters = clustersOf(fleet);
    Object.defineProperty(this, FLEET_ROOT, { value: true });
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
