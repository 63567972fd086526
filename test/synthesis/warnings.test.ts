import { expect, test } from "vitest";
import type { LabelValues } from "../../src/definition/fleet.ts";
import { LogicalCloud, type LogicalCloudProps } from "../../src/index.ts";
import { CLUSTERS, newApp } from "./fleets.ts";
import { cluster } from "./mesh-fleets.ts";

test("edit and admin warn of what they can undo, and view does not", () => {
  const { app } = newApp({ k3s: CLUSTERS.k3s, eks: CLUSTERS.eks });
  new LogicalCloud(app, "shop", {
    permissions: { a: { clusterRole: "admin" }, e: { clusterRole: "edit" }, v: { clusterRole: "view" } },
    groups: { g: ["a", "e", "v"] },
  });
  expect(app.warnings).toEqual([]);
  app.synth();
  expect(app.warnings.map(({ path }) => path)).toEqual(["shop/eks/role-binding:a", "shop/eks/role-binding:e"]);
  expect(app.warnings[0]?.message).toMatch(/NetworkPolicy lc-isolated.*RoleBinding lc:shop:a:admin/);
  expect(app.warnings[1]?.message).toMatch(/NetworkPolicy lc-isolated(?!.*RoleBinding)/);
});

test("a permission set warns once, however many namespaces and clusters it is bound in", () => {
  const { app } = newApp({ k3s: CLUSTERS.k3s, eks: CLUSTERS.eks });
  const namespaces = ["shop-a", "shop-b", "shop-c"];
  const permissions = { e: { clusterRole: "edit" }, f: { clusterRole: "edit", namespaces: ["shop-b"] } } as const;
  new LogicalCloud(app, "shop", { namespaces, permissions, groups: { g: ["e", "f"], h: ["e"] } });
  app.synth();
  expect(app.warnings).toEqual([
    {
      path: "shop/eks/role-binding:e",
      message: expect.stringMatching(/NetworkPolicy lc-isolated \(and in 2 more namespaces\) .*1 more cluster/),
    },
    { path: expect.stringMatching(/^shop\/eks\/role-binding:f/), message: expect.not.stringContaining("namespace") },
  ]);
});

test("own rules warn of what they can undo", () => {
  const { app } = newApp({ k3s: CLUSTERS.k3s });
  const rules = [{ apiGroups: ["networking.k8s.io"], resources: ["*"], verbs: ["delete"] }];
  new LogicalCloud(app, "shop", { permissions: { net: { rules } }, groups: { g: ["net"] } });
  new LogicalCloud(app, "open", { permissions: { net: { rules } }, groups: { g: ["net"] }, network: "open" });
  app.synth();
  expect(app.warnings.map(({ path }) => path)).toEqual(["shop/k3s/role-binding:net"]);
});

test("a quota that counts only some pods warns, since it comes without defaults", () => {
  const quota = { night: { hard: { "limits.cpu": 2, pods: 4 }, scopes: ["Terminating"] } } as const;
  const { app } = newApp({ k3s: CLUSTERS.k3s });
  new LogicalCloud(app, "shop", { quota });
  new LogicalCloud(app, "knows", { quota, limits: "none" });
  new LogicalCloud(app, "counts", { quota: { night: { hard: { pods: 4 }, scopes: ["Terminating"] } } });
  app.synth();
  expect(app.warnings).toEqual([
    { path: "shop/k3s/quota:night", message: expect.stringContaining("do not name limits.cpu;") },
  ]);
});

test("users whom an oidc cluster cannot tell from those of another cloud are warned of, unless that is said", () => {
  const oidc = { ...CLUSTERS.eks.oidc, username: "corp:{user}" };
  const { app } = newApp({ eks: { ...CLUSTERS.eks, oidc }, eks2: { ...CLUSTERS.eks, oidc }, own: CLUSTERS.eks });
  const cloudOf = (name: string, users: NonNullable<LogicalCloudProps<string, LabelValues, "v">["users"]>) =>
    new LogicalCloud(app, name, { permissions: { v: { clusterRole: "view" } }, users });
  cloudOf("bank", { ana: ["v"], bob: { permissions: ["v"], oidcUsername: "corp:bob" } });
  cloudOf("mall", { eve: ["v"] });
  cloudOf("shop", { ana: ["v"], bob: ["v"], kim: ["v"] });
  app.synth();
  const message = expect.stringMatching(/^cannot tell ana from .*"corp:\{user\}"; .*1 more cluster/);
  expect(app.warnings).toEqual([
    { path: "bank/eks", message },
    { path: "shop/eks", message },
  ]);
});

test("who may make PeerAuthentications is warned of where the mesh takes nothing unencrypted", () => {
  const rules = (resource: string) => [{ apiGroups: ["security.istio.io"], resources: [resource], verbs: ["create"] }];
  const props: LogicalCloudProps = {
    namespaces: ["a", "b"].map((each) => `shop-${each}`),
    permissions: { peer: { rules: rules("*") }, policy: { rules: rules("authorizationpolicies") } },
    groups: { g: ["peer", "policy"] },
  };
  const warningsFor = (mesh: NonNullable<LogicalCloudProps["mesh"]>) => {
    const { app } = newApp({ one: cluster() });
    new LogicalCloud(app, "shop", { ...props, mesh });
    app.synth();
    return app.warnings;
  };
  const warning = {
    path: "shop/one/role-binding:peer",
    message: expect.stringMatching(/PeerAuthentications.*1 more names/),
  };
  expect(warningsFor({ mode: "dedicated" })).toEqual([warning]);
  expect(warningsFor({ mode: "shared", revision: "stable" })).toEqual([warning]);
  expect(warningsFor({ mode: "dedicated", mtls: "permissive" })).toEqual([]);
  expect(warningsFor("none")).toEqual([]);
});

test("who may say where a Service is, is warned of where the cloud's gateway passes anything", () => {
  const rules = (group: string, ...resources: string[]) => [{ apiGroups: [group], resources, verbs: ["create"] }];
  const permissions = {
    door: { rules: rules("networking.istio.io", "gateways", "virtualservices") },
    entry: { rules: rules("networking.istio.io", "serviceentries", "workloadentries") },
    slice: { rules: rules("discovery.k8s.io", "endpointslices") },
    old: { rules: rules("", "endpoints") },
    edit: { clusterRole: "edit" },
  } as const;
  const warningsFor = (mesh: NonNullable<LogicalCloudProps["mesh"]>) => {
    const { app } = newApp({ one: cluster() });
    new LogicalCloud(app, "shop", { permissions, groups: { g: ["door", "entry", "slice", "old", "edit"] }, mesh });
    app.synth();
    return app.warnings.flatMap(({ path, message }) => (/gateway/.test(message) ? [[path, message]] : []));
  };
  expect(warningsFor({ mode: "dedicated", exports: ["web"] })).toEqual([
    ["shop/one/role-binding:entry", expect.stringMatching(/make ServiceEntries or WorkloadEntries, by which/)],
    ["shop/one/role-binding:old", expect.stringMatching(/make Endpoints, by which/)],
    ["shop/one/role-binding:slice", expect.stringMatching(/make EndpointSlices, by which/)],
  ]);
  expect(warningsFor({ mode: "dedicated", exports: [] })).toEqual([]);
  expect(warningsFor({ mode: "shared", revision: "stable" })).toEqual([]);
  expect(warningsFor("none")).toEqual([]);
});
