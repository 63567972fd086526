import { expect, test } from "vitest";
import { listVisible } from "../../src/kube-api/list-visible.ts";
import { CloudError } from "../../src/model/error.ts";
import { type FakeCluster, fakeCluster } from "../fakes/fake-cluster.ts";

const SERVICES = { apiVersion: "v1", kind: "Service" };

/** Three namespaces with a Service each, of which those that are given may be listed. */
async function clusterThatAllows(...allowed: readonly (string | undefined)[]): Promise<FakeCluster> {
  const cluster = fakeCluster("east");
  const admin = cluster.behind("admin");
  for (const namespace of ["a", "b", "c"]) {
    await admin.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    await admin.create({ ...SERVICES, metadata: { name: `of-${namespace}`, namespace }, spec: {} });
  }
  cluster.before = ({ ref }) => {
    if (!allowed.includes(ref.namespace)) throw new CloudError("FORBIDDEN", `east: not in ${ref.namespace ?? "all"}`);
  };
  return cluster;
}

const namesIn = ({ objects }: Awaited<ReturnType<typeof listVisible>>) => objects.map(({ metadata }) => metadata.name);

test("who may see all sees all, at one call", async () => {
  const cluster = await clusterThatAllows(undefined);
  const seen = await listVisible(cluster, SERVICES, ["a"]);
  expect(namesIn(seen)).toEqual(["of-a", "of-b", "of-c"]);
  expect(seen.limit).toBeUndefined();
  expect(cluster.requests).toHaveLength(1);
});

test("who may not sees what is in the namespaces that may be seen, and where the limit is", async () => {
  const seen = await listVisible(await clusterThatAllows("b"), SERVICES, ["a", "b"]);
  expect(namesIn(seen)).toEqual(["of-b"]);
  expect(seen.limit).toMatchObject({ namespaces: ["b"], error: { code: "FORBIDDEN" } });
  expect(seen.limit?.error.message).toContain("not in all");
});

test("what fails otherwise is no limit", async () => {
  const cluster = await clusterThatAllows("a");
  cluster.before = () => {
    throw new CloudError("UNREACHABLE", "east: gone");
  };
  await expect(listVisible(cluster, SERVICES, ["a"])).rejects.toMatchObject({ code: "UNREACHABLE" });
});
