import { expect, test } from "vitest";
import { diffFleet } from "../../../src/inspect/diff/diff-fleet.ts";
import { nameSubjects } from "../../../src/inspect/diff/name-subjects.ts";
import type { AccessChange } from "../../../src/model/diff.ts";
import type { Manifest } from "../../../src/model/manifest.ts";
import { rendered } from "../../delivery/rendered.ts";
import { fleet } from "../../rendered/rendered-clusters.ts";

const VERSION = "rbac.authorization.k8s.io/v1";
const DEVS = { kind: "Group", name: "devs" };

interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly verbs: readonly string[];
}

const pods = (...verbs: string[]): Rule => ({ apiGroups: [""], resources: ["pods"], verbs });

const bindingTo = (kind: string, name: string, subject: object, namespace?: string): Manifest => ({
  apiVersion: VERSION,
  kind: namespace === undefined ? "ClusterRoleBinding" : "RoleBinding",
  metadata: { name: `bind-${name}`, ...(namespace === undefined ? {} : { namespace }) },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind, name },
  subjects: [subject],
});

const roleOf = (rules: readonly Rule[]): Manifest => ({
  apiVersion: VERSION,
  kind: "Role",
  metadata: { name: "dev", namespace: "shop" },
  rules,
});

const clusterRoleOf = (rules: readonly Rule[]): Manifest => ({
  apiVersion: VERSION,
  kind: "ClusterRole",
  metadata: { name: "dev" },
  rules,
});

/** A cloud where `subject` has a role with these rules in the namespace `shop`. */
const inNamespace = (rules: readonly Rule[], subject: object = DEVS): readonly Manifest[] => [
  roleOf(rules),
  bindingTo("Role", "dev", subject, "shop"),
];

const onCluster = (rules: readonly Rule[]): readonly Manifest[] => [
  clusterRoleOf(rules),
  bindingTo("ClusterRole", "dev", DEVS),
];

const accessOf = (before: readonly Manifest[], after: readonly Manifest[]): readonly AccessChange[] =>
  diffFleet([rendered({ shop: before })], [rendered({ shop: after })]).access;

/** As in `gained get pods low`. */
const linesOf = (before: readonly Manifest[], after: readonly Manifest[]): readonly string[] =>
  accessOf(before, after).map(({ action, right, risk }) => `${action} ${right} ${risk}`);

test("a change says who, where, and on which clusters", () => {
  expect(accessOf([], inNamespace([pods("list", "get")]))).toEqual([
    {
      action: "gained",
      clusters: ["east"],
      cloud: "shop",
      subject: "Group devs",
      scope: "shop",
      right: "get, list pods",
      risk: "low",
    },
  ]);
});

test("rights with the same verbs and risk are one line, what is gained comes first, and the worst of it", () => {
  const rules = [{ apiGroups: ["", "apps"], resources: ["events", "pods"], verbs: ["create"] }];
  expect(linesOf(inNamespace([pods("get")]), inNamespace(rules))).toEqual([
    "gained create pods high",
    "gained create events, events.apps, pods.apps low",
    "lost get pods low",
  ]);
});

test("a verb that comes to others is told alone", () => {
  expect(linesOf(inNamespace([pods("get")]), inNamespace([pods("get", "delete")]))).toEqual([
    "gained delete pods high",
  ]);
});

test("another way to say the same is no change of access", () => {
  const one = inNamespace([{ apiGroups: ["", "apps"], resources: ["pods", "jobs"], verbs: ["get"] }]);
  const two = inNamespace(
    ["", "apps"].flatMap((group) =>
      ["jobs", "pods"].map((resource) => ({ ...pods("get"), apiGroups: [group], resources: [resource] })),
    ),
  );
  expect(linesOf(one, two)).toEqual([]);
});

test.each([
  ["any verb", [{ ...pods("*") }]],
  ["any resource", [{ ...pods("get"), resources: ["*"] }]],
  ["any group", [{ ...pods("get"), apiGroups: ["*"] }]],
  ["anything", [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }]],
])("what %s includes is neither lost when that comes, nor gained when it goes", (_, wide) => {
  expect(linesOf(inNamespace([pods("get")]), inNamespace(wide)).map((line) => line.split(" ")[0])).toEqual(["gained"]);
  expect(linesOf(inNamespace(wide), inNamespace([pods("get")])).map((line) => line.split(" ")[0])).toEqual(["lost"]);
});

test("what the whole cluster includes is not lost in a namespace, nor a named object where all are", () => {
  const named = { ...pods("get"), resourceNames: ["web"] };
  expect(linesOf(inNamespace([pods("get")]), onCluster([pods("get")]))).toEqual(["gained get pods low"]);
  expect(linesOf(inNamespace([named]), inNamespace([pods("get")]))).toEqual(["gained get pods low"]);
  expect(linesOf(inNamespace([pods("get")]), inNamespace([named]))).toEqual(["lost get pods low"]);
});

test("a role that clouds share changes the access of all who have it", () => {
  const cluster = (rules: readonly Rule[]) =>
    rendered({ shop: [bindingTo("ClusterRole", "dev", DEVS, "shop")] }, { shared: [clusterRoleOf(rules)] });
  const { access } = diffFleet([cluster([pods("get")])], [cluster([pods("get", "create")])]);
  expect(access).toMatchObject([{ cloud: "shop", scope: "shop", right: "create pods" }]);
});

test("a binding that clouds share gives access too", () => {
  const shared = onCluster([pods("get")]);
  const { access } = diffFleet([rendered({})], [rendered({}, { shared })]);
  expect(access).toEqual([expect.objectContaining({ scope: "*", right: "get pods" })]);
  expect(access[0]).not.toHaveProperty("cloud");
});

test("the same change on several clusters is told once", () => {
  const fleetOf = (manifests: readonly Manifest[]) => ["a", "b"].map((name) => rendered({ shop: manifests }, { name }));
  expect(diffFleet(fleetOf([]), fleetOf(inNamespace([pods("get")]))).access).toMatchObject([{ clusters: ["a", "b"] }]);
});

const namespaced: readonly (readonly [string, Rule, string])[] = [
  ["reads secrets", { ...pods("list"), resources: ["secrets"] }, "high"],
  ["reads anything", { ...pods("get"), resources: ["*"] }, "high"],
  ["reads anything but secrets' group", { apiGroups: ["apps"], resources: ["*"], verbs: ["get"] }, "low"],
  ["writes anything", { apiGroups: ["*"], resources: ["*"], verbs: ["create"] }, "critical"],
  ["writes in any group", { ...pods("create"), apiGroups: ["*"] }, "high"],
  ["writes any group's roles", { apiGroups: ["*"], resources: ["roles"], verbs: ["patch"] }, "critical"],
  ["has any verb", pods("*"), "critical"],
  ["executes by a GET", { ...pods("get"), resources: ["pods/exec"] }, "high"],
  ["executes by any subresource of the name", { ...pods("create"), resources: ["*/exec"] }, "high"],
  ["issues tokens", { ...pods("create"), resources: ["serviceaccounts/token"] }, "critical"],
  ["impersonates", { ...pods("impersonate"), resources: ["users"] }, "critical"],
  ["binds", { apiGroups: ["rbac.authorization.k8s.io"], resources: ["rolebindings"], verbs: ["create"] }, "critical"],
  ["deploys", { apiGroups: ["apps"], resources: ["deployments"], verbs: ["update"] }, "high"],
  ["lifts limits", { ...pods("delete"), resources: ["resourcequotas"] }, "high"],
  ["writes configuration", { ...pods("update"), resources: ["configmaps"] }, "low"],
  ["looks", pods("get", "list", "watch"), "low"],
];

test.each(namespaced)("in a namespace, whoever %s: %#", (_, rule, risk) => {
  expect(accessOf([], inNamespace([rule])).map((change) => change.risk)).toEqual([risk]);
});

test.each([
  ["reads secrets", { ...pods("get"), resources: ["secrets"] }, "critical"],
  ["writes configuration", { ...pods("update"), resources: ["configmaps"] }, "critical"],
  [
    "approves requests",
    { apiGroups: ["certificates.k8s.io"], resources: ["certificatesigningrequests/approval"], verbs: ["update"] },
    "critical",
  ],
  ["asks for metrics", { nonResourceURLs: ["/metrics"], verbs: ["get"] }, "low"],
  ["posts to a URL", { nonResourceURLs: ["/logs"], verbs: ["post"] }, "high"],
])("on the whole cluster, whoever %s: %#", (_, rule, risk) => {
  expect(accessOf([], onCluster([rule])).map((change) => change.risk)).toEqual([risk]);
});

test.each([
  ["ClusterRole", "cluster-admin", "critical"],
  ["ClusterRole", "edit", "high"],
  ["ClusterRole", "view", "low"],
  ["ClusterRole", "of-somebody-else", "high"],
  ["Role", "view", "high"],
])("of %s %s, which only the cluster knows, is told that it is given", (kind, name, risk) => {
  expect(linesOf([], [bindingTo(kind, name, DEVS, "shop")])).toEqual([
    `gained do all that ${kind} ${name} allows ${risk}`,
  ]);
});

test.each([
  ["Group", "system:authenticated"],
  ["Group", "system:unauthenticated"],
  ["Group", "system:serviceaccounts"],
  ["Group", "system:serviceaccounts:shop"],
  ["User", "system:anonymous"],
])("whatever everybody may do is critical: %s %s", (kind, name) => {
  expect(accessOf([], inNamespace([pods("get")], { kind, name }))).toMatchObject([{ risk: "critical" }]);
});

test("users are told by their names, others as the binding has them", () => {
  const [oidc, accounts] = fleet;
  if (oidc === undefined || accounts === undefined) throw new Error("no cluster");
  const account = { kind: "ServiceAccount", namespace: "lcloud-users", name: "shop.ada" };
  expect(nameSubjects(oidc)({ kind: "User", name: "oidc:ada" })).toBe("user ada");
  expect(nameSubjects(accounts)(account)).toBe("user ada");
  expect(nameSubjects(oidc)(account)).toBe("ServiceAccount lcloud-users/shop.ada");
  expect(nameSubjects(oidc)({ kind: "Group", name: "user ada" })).toBe("Group user ada");
});
