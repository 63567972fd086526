import { ApiObject, type Chart, JsonPatch } from "cdk8s";
import { LogicalCloud } from "../../src/index.ts";
import { type ExpectedFault, expectFaults } from "./fleets.ts";

export const RBAC = "rbac.authorization.k8s.io";

/** Add an object `mine`, in namespace `shop` if its fields do not say otherwise. */
export const object = (chart: Chart, kind: string, fields: object = {}, apiVersion = "v1"): ApiObject =>
  new ApiObject(chart, "mine", {
    apiVersion,
    kind,
    metadata: { name: "mine", namespace: "shop" },
    ...fields,
  } as never);

/** Patch an object of ours. */
export const patched = (chart: Chart, id: string, path: string, value: unknown): void =>
  ApiObject.of(chart.node.findChild(id)).addJsonPatch(JsonPatch.add(path, value));

/** A change of a chart, and what is wrong with it then. */
export type ChartFaults = [string, (chart: Chart) => void, ...ExpectedFault[]];

/** Expect these faults of a change to the chart of cloud `shop` on cluster `one`. */
export function expectChartFaults(change: (chart: Chart) => void, expected: readonly ExpectedFault[]): void {
  expectFaults((app) => change(new LogicalCloud(app, "shop", { quota: { pods: 1 } }).on("one")), expected);
}
