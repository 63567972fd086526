import { ApiObject } from "cdk8s";
import { expect, test } from "vitest";
import { type FleetApp, LogicalCloud, type LogicalCloudProps } from "../../src/index.ts";
import { faultsOf, newApp } from "./fleets.ts";
import { cluster } from "./mesh-fleets.ts";

/** What is wrong with an object that cloud `shop` adds beside the mesh of cloud `bank`. */
function faultsWith(object: ConstructorParameters<typeof ApiObject>[2], shop: Partial<LogicalCloudProps> = {}) {
  const { app } = newApp({ one: cluster() });
  new LogicalCloud(app, "bank", { mesh: { mode: "dedicated" } });
  const cloud = new LogicalCloud(app as FleetApp, "shop", { privileged: true, ...shop });
  new ApiObject(cloud.on("one"), "mine", object);
  return faultsOf(() => app.synth()).map(({ path, message }) => `${path}: ${message}`);
}

const configMap = (namespace: string, name = "mine") =>
  ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace } }) as const;

test("nothing of a cloud lies in the namespace of a mesh, which holds keys", () => {
  expect(faultsWith(configMap("istio-bank"))).toContainEqual(
    expect.stringMatching(/^shop\/one\/mine: metadata\.namespace: "istio-bank" holds the keys of a mesh/),
  );
});

test("an object of a mesh is made once", () => {
  expect(faultsWith(configMap("istio-bank", "lcloud-mesh"))).toContainEqual(
    expect.stringMatching(/ConfigMap\/istio-bank\/lcloud-mesh is also made by a mesh of this cluster/),
  );
});

test("what somebody else's mesh needs in a cloud's own namespaces is made once, too", () => {
  const policy = {
    apiVersion: "security.istio.io/v1",
    kind: "PeerAuthentication",
    metadata: { name: "default", namespace: "shop" },
  };
  const faults = faultsWith(policy, { mesh: { mode: "shared", revision: "stable" } });
  expect(faults).toContainEqual(
    expect.stringMatching(/^shop\/one\/mine: PeerAuthentication\/shop\/default is also made/),
  );
});

test.each<[string, Partial<LogicalCloudProps>]>([
  ["that another cloud makes", {}],
  ["that is there, as an admin cloud says", { admin: true }],
])("a namespace that is a mesh's on another cluster is nobody else's where that mesh is: one %s", (_, props) => {
  const { app } = newApp({ one: cluster(), two: cluster() });
  new LogicalCloud(app, "bank", {
    namespaces: ["bank", { name: "vault", clusters: ["two"] }],
    mesh: { mode: "dedicated" },
  });
  new LogicalCloud(app as FleetApp, "shop", { clusters: ["one"], namespaces: ["vault"], ...props });
  const faults = faultsOf(() => app.synth());
  expect(faults).toEqual([
    {
      path: expect.stringMatching(/^shop\/one/),
      message: expect.stringMatching(/"vault" is cloud "bank"'s on another/),
    },
  ]);
});
