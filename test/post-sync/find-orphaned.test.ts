import { expect, test } from "vitest";
import type { Manifest } from "../../src/model/manifest.ts";
import { findOrphaned, formatBound } from "../../src/post-sync/find-bound.ts";
import { fakeCluster } from "../fakes/fake-cluster.ts";
import { objectOf, renderedCluster } from "../rendered/rendered-clusters.ts";

function bindingOf(cloud: string | undefined, name: string, user: string): Manifest {
  const binding = objectOf(cloud, "RoleBinding", name, "default");
  return { ...binding, apiVersion: "rbac.authorization.k8s.io/v1", subjects: [{ kind: "User", name: user }] };
}

test("bindings of clouds that dist/ does not have are found, and no others", async () => {
  const cluster = fakeCluster("one");
  const agent = cluster.behind("agent");
  await agent.apply(bindingOf("shop", "lc:shop:edit", "ana"));
  await agent.apply(bindingOf("gone", "lc:gone:edit", "ben"));
  await agent.apply(bindingOf(undefined, "of-others", "eli"));
  const rendered = renderedCluster("one", { kind: "x509", requesters: [] }, { shop: [] });
  expect((await findOrphaned(cluster, rendered)).bound.map(formatBound)).toEqual([
    "RoleBinding/default/lc:gone:edit (ben)",
  ]);
});
