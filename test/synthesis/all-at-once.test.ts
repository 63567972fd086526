import { ApiObject, JsonPatch } from "cdk8s";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LogicalCloud } from "../../src/index.ts";
import { type ExpectedFault, expectFaults, faultsOf, newApp } from "./fleets.ts";

const ONE = { one: { kubernetes: "1.33", identity: "service-account" } } as const;

const view = { clusterRole: "view" };

/** A sound cloud; the faults below are in props of their own each, and none has to do with another. */
const SOUND = { permissions: { view }, groups: { team: ["view"] }, quota: { pods: 1 } };

interface Mistake {
  readonly props?: object;
  readonly change?: (cloud: LogicalCloud) => void;
  readonly faults: readonly ExpectedFault[];
}

const secret = (cloud: LogicalCloud): void => {
  const metadata = { name: "mine", namespace: "shop" };
  new ApiObject(cloud.on("one"), "mine", {
    apiVersion: "v1",
    kind: "Secret",
    metadata,
    stringData: { a: "b" },
  } as never);
};

const patch = (cloud: LogicalCloud): void => {
  ApiObject.of(cloud.on("one").node.findChild("network")).addJsonPatch(JsonPatch.add("/status/a/b", 1));
};

const mistakes: readonly Mistake[] = [
  { props: { weather: {} }, faults: [["shop", /^weather: is not known/]] },
  { props: { mesh: { mode: "shared" } }, faults: [["shop", /^mesh\.revision: is missing/]] },
  { props: { clusters: ["two"] }, faults: [["shop", /^clusters: there is no cluster "two"/]] },
  { props: { clusters: ["one", "two"] }, faults: [["shop", /^clusters: there is no cluster "two"/]] },
  { props: { clusters: { matchLabels: { env: "x" } } }, faults: [["shop", /^clusters: no cluster is selected/]] },
  { props: { namespaces: ["shop", 3] }, faults: [["shop", /^namespaces\[1\]: is a number/]] },
  {
    props: { namespaces: [{ name: "shop", labels: { "logical-clouds.io/cloud": "x" } }] },
    faults: [["shop", /^namespaces\.shop\.labels: /]],
  },
  { props: { adopt: "yes" }, faults: [["shop", /^adopt: is a text/]] },
  { props: { permissions: { view, x: { rules: 3 } } }, faults: [["shop", /^permissions\.x\.rules: is a number/]] },
  {
    props: { users: { ana: ["view", 3], bob: { permissions: ["view"], nick: "b" }, "e.e": ["view"] } },
    faults: [
      ["shop", /^users\.ana\[1\]: is a number/],
      ["shop", /^users\.bob\.nick: is not known/],
      ["shop", /^users\.e\.e: the name is no DNS label/],
    ],
  },
  { props: { serviceAccounts: { default: ["view"] } }, faults: [["shop", /^serviceAccounts\.default/]] },
  { props: { quota: { pods: "many" } }, faults: [["shop/one/quota", /"many"/]] },
  {
    props: { limits: [{ type: "Container", max: { cpu: "lots" } }, { type: "Poud" }] },
    faults: [
      ["shop", /^limits\[1\]\.type: "Poud"/],
      ["shop/one/limits", /"lots"/],
    ],
  },
  {
    props: { network: { ingressFrom: ["10.0.0.1"], apiServr: true } },
    faults: [
      ["shop", /^network\.apiServr: is not known/],
      ["shop", /^network\.ingressFrom: "10\.0\.0\.1"/],
    ],
  },
  { props: { podSecurity: "Baseline" }, faults: [["shop", /^podSecurity: "Baseline"/]] },
  { change: secret, faults: [["shop/one/mine", /lie in git/]] },
  { change: patch, faults: [["shop/one/network", /^the JSON patch "add \/status\/a\/b" does not fit/]] },
];

const keysOf = ({ props = {}, change }: Mistake): string => change?.name ?? Object.keys(props).join();

test("faults that have nothing to do with each other are all told in one run, and no others", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.constantFrom(...mistakes), { selector: keysOf, minLength: 1 }), (made) => {
      const { app } = newApp(ONE);
      const cloud = new LogicalCloud(app, "shop", Object.assign({}, SOUND, ...made.map(({ props }) => props)));
      for (const { change } of made) change?.(cloud);
      const expected = made.flatMap(({ faults }) => faults);
      const found = faultsOf(() => app.synth());
      expect(found, JSON.stringify(found)).toHaveLength(expected.length);
      for (const [path, message] of expected) {
        expect(found).toContainEqual({ path, message: expect.stringMatching(message) });
      }
    }),
  );
});

describe("from a prop that is wrong, nothing is concluded about others", () => {
  const elsewhere = (namespace: string) => (cloud: LogicalCloud) => {
    const metadata = { name: "mine", namespace };
    new ApiObject(cloud.on("one"), "mine", { apiVersion: "v1", kind: "ConfigMap", metadata });
  };
  const root = { clusterRole: "cluster-admin" };
  const cases: readonly [string, object, RegExp, ((cloud: LogicalCloud) => void)?][] = [
    ["who has a permission set", { permissions: { view }, users: 3 }, /^users: /],
    ["who else has one", { permissions: { view }, groups: { team: ["view"] }, users: { ana: 3 } }, /^users\.ana: /],
    ["which sets there are", { permissions: { view: 3 }, users: { ana: ["view"] } }, /^permissions\.view: /],
    ["what sets are for", { permissions: { view: { clusterrole: "view" } }, groups: { a: ["view"] } }, /clusterrole/],
    ["what a misspelt prop says", { permission: { view }, users: { ana: ["view"] } }, /^permission: .*"permissions"/],
    [
      "which namespaces there are",
      {
        namespaces: ["a", 3],
        permissions: { view: { ...view, namespaces: ["b"] }, look: { ...view, namespaces: ["a"] } },
        users: { ana: ["view", "look"] },
        serviceAccounts: { ci: { permissions: ["view"], namespace: "b" } },
        quota: { small: { hard: { pods: 1 }, namespaces: ["b"] } },
      },
      /^namespaces\[1\]: is a number/,
    ],
    ["where users' objects may be", { namespaces: 3 }, /^namespaces: is a number/, elsewhere("b")],
    ["where a cloud is", { clusters: ["tow"], namespaces: ["a", { name: "b", clusters: ["tow"] }] }, /^clusters: /],
    ["on whose API server", { clusters: ["tow"], network: { apiServer: true } }, /^clusters: /],
    [
      "what it may do",
      { privileged: "yes", permissions: { root }, groups: { ops: ["root"] } },
      /^privileged: is a text/,
      elsewhere("monitoring"),
    ],
    ["what pods may do", { podSecurity: "Privileged", mesh: { mode: "dedicated" } }, /^podSecurity: /],
    ["which mesh it has", { mesh: { mode: "dedicated", mtls: "on" } }, /^mesh\.mtls: "on" is not known/],
    ["whose its namespaces are", { admin: 1, namespaces: ["kube-system"] }, /^admin: /, elsewhere("kube-system")],
  ];
  test.each(cases)("%s", (_, props, message, change) => {
    expectFaults(
      (app) => {
        const cloud = new LogicalCloud(app, "shop", props);
        change?.(cloud);
      },
      [["shop", message]],
    );
  });

  test("whose a namespace is, on clusters that nobody has named", () => {
    expectFaults(
      (app) => {
        new LogicalCloud(app, "shop", { clusters: ["tow"] as never });
        new LogicalCloud(app, "mall", { namespaces: ["shop"] });
      },
      [["shop", /^clusters: there is no cluster "tow"/]],
    );
  });
});
