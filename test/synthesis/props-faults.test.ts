import { describe, expect, test } from "vitest";
import { defineFleet, FleetApp, type FleetAppProps, LogicalCloud, type LogicalCloudProps } from "../../src/index.ts";
import { type ExpectedFault, expectFaults, faultsOf } from "./fleets.ts";

describe("a fault in props is told with its path and remedy", () => {
  const view = { view: { clusterRole: "view" } } as const;
  const cases: readonly [string, LogicalCloudProps, ...ExpectedFault[]][] = [
    ["no cluster matches", { clusters: { matchLabels: { env: "x" } } }, ["shop", /^clusters: no cluster/]],
    ["no cluster is named", { clusters: [] }, ["shop", /^clusters: no cluster/]],
    ["an unknown cluster", { clusters: ["one", "two"] }, ["shop", /^clusters: there is no cluster "two"/]],
    [
      "an expression without values",
      { clusters: { matchExpressions: [{ key: "env", operator: "NotIn", values: [] }] } },
      ["shop", /name at least one/],
    ],
    ["a system namespace", { namespaces: ["default"] }, ["shop", /"default" belongs to the system/]],
    ["a kube- namespace", { namespaces: ["kube-public"] }, ["shop", /belongs to the system/]],
    ["a namespace of ours", { network: "open", namespaces: ["lcloud-users"] }, ["shop", /belongs to the system/]],
    [
      "a namespace twice",
      { namespaces: ["a", "a"] },
      ["shop", /named twice/],
      ["shop/one/namespace@a", /also made by/],
      ["shop/one/network@a", /also made by/],
    ],
    ["no namespace", { namespaces: [] }, ["shop", /none is on cluster "one"/]],
    [
      "a namespace on a cluster where the cloud is not",
      { namespaces: ["a", { name: "b", clusters: ["two"] }] },
      ["shop", /wanted on "two"/],
    ],
    ["a namespace that is no DNS label", { namespaces: ["Shop"] }, ["shop/one/namespace", /no DNS label/]],
    [
      "a label that is none",
      { namespaces: [{ name: "a", labels: { "-x": "y", z: "a b" } }] },
      ["shop/one/namespace", /"-x" is no label key/],
      ["shop/one/namespace", /labels\.z: "a b" is no label value/],
    ],
    [
      "an annotation key that is none",
      { namespaces: [{ name: "a", annotations: { "a/b/c": "y" } }] },
      ["shop/one/namespace", /"a\/b\/c" is no key/],
    ],
    [
      "labels of a namespace that we set",
      {
        namespaces: [
          { name: "a", labels: { "pod-security.kubernetes.io/warn": "baseline", "logical-clouds.io/cloud": "shop" } },
          { name: "b", labels: { "app.kubernetes.io/managed-by": "Helm" } },
        ],
      },
      ["shop", /^namespaces\.a\.labels: .*; use podSecurity$/],
      ["shop", /^namespaces\.a\.labels: "logical-clouds\.io\/cloud" is a label by which we know/],
      ["shop", /^namespaces\.b\.labels: "app\.kubernetes\.io\/managed-by" is a label by which we know/],
    ],
    [
      "the label that names a namespace",
      { namespaces: [{ name: "a", labels: { "kubernetes.io/metadata.name": "b" } }] },
      ["shop/one/namespace", /is set by the API server/],
    ],
    [
      "adoption beside the prop",
      { namespaces: [{ name: "a", annotations: { "logical-clouds.io/adopt": "true" } }] },
      ["shop/one/namespace", /set adopt: true on the cloud/],
    ],
    ["pods that may do everything", { podSecurity: "privileged" }, ["shop/one/namespace", /take the node from all/]],
    ["a permission set that nobody has", { permissions: view }, ["shop", /^permissions\.view: nobody has/]],
    ["an unknown permission set", { users: { ana: ["view"] } }, ["shop", /^users\.ana: there is no permission set/]],
    ["a user without permissions", { users: { ana: [] } }, ["shop", /^users\.ana: has no permission set/]],
    ["a user name that is none", { permissions: view, users: { "a.b": ["view"] } }, ["shop", /^users\.a\.b: the name/]],
    [
      "a set name that is none",
      { permissions: { A: view.view }, groups: { g: ["A"] } },
      ["shop", /^permissions\.A: the/],
    ],
    [
      "no permission in an own namespace",
      {
        privileged: true,
        permissions: { ops: { clusterRole: "view", namespaces: [], foreignNamespaces: ["monitoring"] } },
        users: { ana: ["ops"] },
      },
      ["shop", /^users\.ana: has no permission in the cloud's own/],
    ],
    [
      "a namespace of a set that is not the cloud's",
      { permissions: { view: { clusterRole: "view", namespaces: ["x"] } }, groups: { g: ["view"] } },
      ["shop", /^permissions\.view\.namespaces: "x" is not/],
    ],
    [
      "foreign reach without privileged",
      { permissions: { view: { clusterRole: "view", foreignNamespaces: ["x"] } }, groups: { g: ["view"] } },
      ["shop/one/role-binding:view@x", /"x" is not the cloud's; set privileged/],
    ],
    [
      "cluster-wide reach without privileged",
      { permissions: { view: { clusterRole: "view", clusterWide: true } }, groups: { g: ["view"] } },
      ["shop/one/cluster-role-binding:view", /lives in no namespace/],
    ],
    [
      "cluster-admin without privileged",
      { permissions: { root: { clusterRole: "cluster-admin" } }, groups: { g: ["root"] } },
      ["shop/one/role-binding:root", /cluster-admin can undo/],
    ],
    [
      "a ClusterRole that nobody here can see",
      { permissions: { view: { clusterRole: "veiw" } }, groups: { g: ["view"] } },
      ["shop/one/role-binding:view", /ClusterRole "veiw"/],
    ],
    [
      "rules that undo what is rendered",
      {
        permissions: { all: { rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["delete"] }] } },
        groups: { g: ["all"] },
      },
      ...[
        "namespaces",
        "namespaces/finalize",
        "namespaces/status",
        "resourcequotas",
        "resourcequotas/status",
        "limitranges",
      ].map((resource): ExpectedFault => ["shop/one/role:all", new RegExp(`allow to delete ${resource},`)]),
    ],
    [
      "rules that the API server refuses",
      { permissions: { x: { rules: [{ resources: ["pods"], verbs: [] }] } }, groups: { g: ["x"] } },
      ["shop/one/role:x", /no verbs/],
      ["shop/one/role:x", /no apiGroups/],
    ],
    [
      "nonResourceURLs in a namespace",
      { permissions: { x: { rules: [{ nonResourceURLs: ["/metrics"], verbs: ["get"] }] } }, groups: { g: ["x"] } },
      ["shop/one/role:x", /belong to no namespace/],
    ],
    [
      "a group of Kubernetes",
      { permissions: view, groups: { "system:authenticated": ["view"] } },
      ["shop/one/role-binding:view", /Group "system:authenticated" is Kubernetes' own/],
    ],
    [
      "a group with what nobody sees",
      { permissions: view, groups: { "\u200bsystem:masters": ["view"], "tab\t": ["view"], "none\u0378": ["view"] } },
      ["shop/one/role-binding:view", /"none\\u\{378\}" has characters that nobody sees/],
      ["shop/one/role-binding:view", /"tab\\u\{9\}" has/],
      ["shop/one/role-binding:view", /"\\u\{200b\}system:masters" has/],
    ],
    [
      "a group of a key",
      { permissions: view, groups: { "lc:k:0123": ["view"] } },
      ["shop/one/role-binding:view", /"lc:k:0123" is not the key of a user/],
    ],
    [
      "a ServiceAccount that exists everywhere",
      { permissions: view, serviceAccounts: { default: ["view"] } },
      ["shop", /^serviceAccounts\.default/],
    ],
    [
      "a ServiceAccount name that is none",
      { permissions: view, serviceAccounts: { A: ["view"] } },
      ["shop/one/service-account:A", /no DNS subdomain/],
    ],
    [
      "a quantity that is none",
      { quota: { "requests.cpu": "4 cores" } },
      ["shop/one/quota", /requests\.cpu: "4 cores"/],
    ],
    ["more than the API server keeps", { quota: { memory: "8Ei" } }, ["shop/one/quota", /"8Ei" is more than/]],
    ["a quantity beyond all numbers", { quota: { memory: "1e400" } }, ["shop/one/quota", /"1e400" is more than/]],
    ["a negative quantity", { quota: { pods: -1 } }, ["shop/one/quota", /less than nothing/]],
    [
      "less than the API server keeps",
      { quota: { "ephemeral-storage": 1e-7 } },
      ["shop/one/quota", /"1e-7" is finer than 1m/],
    ],
    [
      "a limit that the API server changes",
      { limits: [{ type: "Container", max: { memory: "0.0001Ki", cpu: "1500u" } }] },
      ["shop/one/limits", /max\.memory: "0\.0001Ki" is finer/],
      ["shop/one/limits", /max\.cpu: "1500u" is finer/],
    ],
    ["half a piece", { quota: { pods: "500m" } }, ["shop/one/quota", /no whole number/]],
    [
      "a quota key that counts nothing",
      { quota: { "count/deployments": 4 } },
      ["shop/one/quota", /write count\/deployments\.apps/],
    ],
    ["an empty quota", { quota: { small: { hard: {} } } }, ["shop", /^quota\.small: limits nothing/]],
    [
      "an amount among named quotas",
      { quota: { pods: 3, small: { hard: { pods: 1 } } } as never },
      ["shop", /^quota\.pods: limits nothing; name a resource under hard/],
    ],
    [
      "a quota whose scope does not fit",
      { quota: { x: { hard: { "requests.storage": 4 }, scopes: ["BestEffort"] } } },
      ["shop/one/quota:x", /cannot be counted in scope BestEffort/],
    ],
    [
      "a limit that is no quantity",
      { limits: [{ type: "Container", max: { cpu: "lots" } }] },
      ["shop/one/limits", /Container\.max\.cpu: "lots"/],
    ],
    [
      "a default above the maximum",
      { limits: [{ type: "Container", max: { cpu: 1 }, default: { cpu: 2 } }] },
      ["shop/one/limits", /default\.cpu is more than max\.cpu/],
    ],
    [
      "a set with neither rules nor clusterRole",
      { permissions: { x: {} as never }, groups: { g: ["x"] } },
      ["shop", /^permissions\.x: has neither/],
      ["shop/one/role-binding:x", /names no ClusterRole/],
      ["shop/one/role-binding:x", /what ClusterRole "" allows/],
    ],
    [
      "a set without a rule",
      { permissions: { x: { rules: [] } }, groups: { g: ["x"] } },
      ["shop", /^permissions\.x\.rules/],
    ],
    [
      "the cloud's own namespace as a foreign one",
      { permissions: { x: { clusterRole: "view", foreignNamespaces: ["shop"] } }, groups: { g: ["x"] } },
      ["shop", /"shop" is the cloud's own/],
    ],
    [
      "clusterWide in one namespace",
      {
        privileged: true,
        permissions: { x: { clusterRole: "view", clusterWide: true, namespaces: ["shop"] } },
        groups: { g: ["x"] },
      },
      ["shop", /^permissions\.x: clusterWide reaches/],
    ],
    [
      "a foreign namespace that is no name",
      { privileged: true, permissions: { x: { clusterRole: "view", foreignNamespaces: ["A"] } }, groups: { g: ["x"] } },
      ["shop/one/role-binding:x@A", /no name of a namespace/],
    ],
    [
      "a ServiceAccount in another's namespace",
      { permissions: view, serviceAccounts: { ci: { permissions: ["view"], namespace: "other" } } },
      ["shop", /^serviceAccounts\.ci\.namespace/],
    ],
    [
      "a quota in another's namespace",
      { quota: { x: { hard: { pods: 1 }, namespaces: ["other"] } } },
      ["shop", /^quota\.x\.namespaces/],
    ],
    ["a peer that is no namespace", { network: { ingressFrom: ["10.0.0.1"] } }, ["shop", /^network\.ingressFrom: /]],
    ["an admin cloud that refers to no name", { admin: true, namespaces: ["A"] }, ["shop", /^namespaces: "A"/]],
    ["apiServer where nobody knows it", { network: { apiServer: true } }, ["shop", /^network\.apiServer: /]],
    [
      "a policy that lets in nobody knows whom",
      { network: { policies: { a: { podSelector: {}, ingress: [{ from: [{}] }] } } } },
      ["shop/one/network", /^spec\.ingress\[0\]\.from\[0\]: is nobody; give podSelector/],
    ],
    [
      "two limits of one type",
      { limits: [{ type: "Pod" }, { type: "Pod" }] },
      ["shop/one/limits", /^spec\.limits: Pod is there twice/],
    ],
    ["a CIDR that is none", { network: { egressTo: [{ cidr: "10.0.0.0/33" }] } }, ["shop/one/network", /no CIDR/]],
    [
      "an admin cloud that labels what it refers to",
      {
        admin: true,
        namespaces: [
          { name: "a", labels: { x: "y" }, annotations: { x: "y" } },
          { name: "b", labels: {} },
        ],
      },
      ["shop", /^namespaces\.a\.labels: an admin cloud only refers/],
      ["shop", /^namespaces\.a\.annotations: an admin cloud only refers/],
    ],
    ["an admin cloud with a quota", { admin: true, quota: { pods: 1 } }, ["shop", /^quota: an admin cloud/]],
  ];
  test.each(cases)("%s", (_, props, ...expected) => {
    expectFaults((app) => new LogicalCloud(app, "shop", props), expected);
  });
});

test("a fault in the props of the app is told with its path and remedy", () => {
  const fleet = defineFleet({ clusters: { one: { kubernetes: "1.33", identity: "oidc" } } });
  const make = (props: object | undefined) => faultsOf(() => new FleetApp(props as FleetAppProps));
  expect(make({ fleet, outDir: "x" })).toEqual([
    { path: "app", message: 'outDir: is not known; did you mean "outdir"?' },
  ]);
  expect(make({ fleet, identities: 1 })).toEqual([{ path: "app", message: "identities: is a number; give a text" }]);
  expect(make({})).toEqual([{ path: "app", message: "fleet: is missing; give an object" }]);
  expect(make(undefined)).toEqual([{ path: "app", message: "is undefined; give an object" }]);
});
