import { expect, test } from "vitest";
import { clustersOf } from "../../src/definition/cluster.ts";
import { type ClusterSelection, selectClusters } from "../../src/definition/select-clusters.ts";

const identity = "x509";
const kubernetes = "1.33";
const clusters = clustersOf({
  clusters: {
    b: { kubernetes, identity, labels: { env: "prod", zone: "1" } },
    a: { kubernetes, identity, labels: { env: "prod" } },
    c: { kubernetes, identity, labels: { env: "dev" } },
    d: { kubernetes, identity },
  },
});

const select = (selection: ClusterSelection) => {
  const faults: string[] = [];
  const names = selectClusters(clusters, selection, (fault) => faults.push(fault)).map(({ name }) => name);
  return { names, faults };
};

const expression = (operator: string, values?: readonly string[], key = "env") =>
  ({ matchExpressions: [{ key, operator, ...(values === undefined ? {} : { values }) }] }) as ClusterSelection;

const cases: readonly [string, ClusterSelection, readonly string[]][] = [
  ["all are all", "all", ["a", "b", "c", "d"]],
  ["names select those, whatever their order", ["c", "a"], ["a", "c"]],
  ["an empty selector matches everything", {}, ["a", "b", "c", "d"]],
  ["matchLabels must all hold", { matchLabels: { env: "prod", zone: "1" } }, ["b"]],
  ["In needs the label", expression("In", ["prod", "dev"]), ["a", "b", "c"]],
  ["NotIn matches clusters without the label", expression("NotIn", ["prod"]), ["c", "d"]],
  ["Exists matches any value", expression("Exists"), ["a", "b", "c"]],
  ["DoesNotExist matches what lacks the label", expression("DoesNotExist", undefined, "zone"), ["a", "c", "d"]],
  ["a name that every object inherits is no label", expression("Exists", undefined, "constructor"), []],
  [
    "labels and expressions must both hold",
    { matchLabels: { env: "prod" }, matchExpressions: [{ key: "zone", operator: "DoesNotExist" }] },
    ["a"],
  ],
];
test.each(cases)("%s", (_, selection, names) => {
  expect(select(selection)).toEqual({ names, faults: [] });
});

test.each([
  ["In without values", expression("In", [])],
  ["Exists with values", expression("Exists", ["prod"])],
  ["an operator that is none", expression("Matches", ["prod"])],
  ["a name that is no cluster's", ["a", "z"]],
  ["a key that is none", expression("Exists", undefined, "env env")],
  ["a key of matchLabels that is none", { matchLabels: { "-env": "prod" } }],
  ["a value that is none", expression("NotIn", ["a b"])],
  ["a value of matchLabels that is none", { matchLabels: { env: "a b" } }],
] as const)("%s is a fault", (_, selection) => {
  expect(select(selection).faults).toHaveLength(1);
});
