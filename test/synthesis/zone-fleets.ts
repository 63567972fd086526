import { expect } from "vitest";
import type { ClusterProps, FleetApp, LogicalCloudProps } from "../../src/index.ts";
import { type ExpectedFault, faultsOf, newApp } from "./fleets.ts";

export type Dns = NonNullable<LogicalCloudProps["dns"]>;
export type ClusterDns = NonNullable<ClusterProps["dns"]>;

export const cluster = (dns: ClusterDns = { provider: "corefile" }): ClusterProps => ({
  kubernetes: "1.33",
  identity: "service-account",
  dns,
});

export function expectFaults(
  define: (app: FleetApp) => void,
  expected: readonly ExpectedFault[],
  clusters: Readonly<Record<string, ClusterProps>> = { one: cluster() },
): void {
  const { app } = newApp(clusters);
  define(app);
  const faults = faultsOf(() => app.synth());
  expect(faults.map(({ path }) => path)).toEqual(expected.map(([path]) => path));
  for (const [index, [, message]] of expected.entries()) expect(faults[index]?.message).toMatch(message);
  for (const { message } of faults) expect(message).toContain("; ");
}
