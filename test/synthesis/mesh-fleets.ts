import { expect } from "vitest";
import type { ClusterProps, FleetApp, LogicalCloudProps } from "../../src/index.ts";
import { type ExpectedFault, faultsOf, newApp } from "./fleets.ts";

export type Mesh = NonNullable<LogicalCloudProps["mesh"]>;
export type DedicatedMesh = Extract<Mesh, { readonly mode: "dedicated" }>;
export type ClusterMesh = NonNullable<ClusterProps["mesh"]>;

/** A cluster that takes meshes of clouds, and needs no file of theirs. */
export const cluster = (mesh: ClusterMesh = {}, props: Partial<ClusterProps> = {}): ClusterProps => ({
  kubernetes: "1.33",
  identity: "service-account",
  mesh: { cni: true, installer: "sail", ...mesh },
  ...props,
});

/** Expect a synth to tell these faults, each with a remedy. */
export function expectFaults(
  define: (app: FleetApp) => void,
  expected: readonly ExpectedFault[],
  clusters: Readonly<Record<string, ClusterProps>> = { one: cluster() },
): void {
  const { app } = newApp(clusters);
  define(app);
  const faults = faultsOf(() => app.synth());
  expect(faults.map(({ path, message }) => `${path}: ${message}`).join("\n")).not.toBe("");
  expect(faults.map(({ path }) => path)).toEqual(expected.map(([path]) => path));
  for (const [index, [, message]] of expected.entries()) expect(faults[index]?.message).toMatch(message);
  for (const { message } of faults) expect(message).toContain("; ");
}
