import { expect, test } from "vitest";
import { waitFor } from "../lab/wait.ts";
import { CLUSTERS, type ExampleFleet, startExampleFleet } from "./example-fleet.ts";
import { outputOf } from "./run.ts";

const KILLED = "gke-staging-eu";

/** State of every cloud in every cluster, as status has it. */
async function states(fleet: ExampleFleet): Promise<Readonly<Record<string, readonly string[]>>> {
  const { stdout } = await fleet.lcloud("status", "-o", "json");
  const { clusters } = JSON.parse(stdout) as {
    readonly clusters: readonly { readonly cluster: string; readonly clouds: readonly { readonly state: string }[] }[];
  };
  return Object.fromEntries(
    clusters.map(({ cluster, clouds }) => [cluster, [...new Set(clouds.map(({ state }) => state))]]),
  );
}

test("a cluster killed during up leaves the others complete, and the next up finishes it", async () => {
  await using fleet = await startExampleFleet();
  const killed = fleet.lab.clusters[KILLED];
  outputOf(await fleet.lcloud("enroll"));

  const up = fleet.lcloud("up", "-o", "json");
  await waitFor("the first write in the cluster to kill", async () => {
    const events = await killed.auditEvents();
    return events.find(({ verb, user }) => user.username === "admin" && verb === "patch");
  });
  await killed.kill();
  const { code, stdout } = await up;
  expect(code).toBe(3);
  expect(stdout).toContain("UNREACHABLE");
  const others = CLUSTERS.filter((cluster) => cluster !== KILLED);
  const partly = await states(fleet);
  for (const cluster of others) expect(partly[cluster]).toEqual(["delivered"]);
  const { contexts } = await fleet.kubeconfig("storefront", "ana");
  for (const cluster of others) expect(contexts.map(({ name }) => name)).toContain(`ana@storefront.${cluster}`);

  await killed.restart();
  outputOf(await fleet.lcloud("up"));
  expect((await states(fleet))[KILLED]).toEqual(["delivered"]);
  const api = await fleet.as("storefront", "ana", KILLED);
  expect(await api.list({ apiVersion: "v1", kind: "Pod" }, { namespace: "storefront-web" })).toEqual([]);
  api.close();
});
