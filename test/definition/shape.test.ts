import { Lazy } from "cdk8s";
import { describe, expect, test } from "vitest";
import type { Fleet } from "../../src/definition/fleet.ts";
import { type ClusterProps, FleetApp, LogicalCloud, type LogicalCloudProps } from "../../src/index.ts";
import type { CloudError } from "../../src/model/error.ts";
import { expectFaults, faultsOf } from "../synthesis/fleets.ts";

describe("props that are not what their type says are a fault with path and remedy", () => {
  const given = (props: object) => props as LogicalCloudProps;
  const cases: readonly [string, LogicalCloudProps, RegExp][] = [
    ["an unknown prop", given({ privilegd: true }), /^privilegd: is not known; did you mean "privileged"\?$/],
    ["a prop like no other", given({ weather: {} }), /^weather: is not known; use clusters, namespaces, /],
    ["a prop of every object", given({ constructor: 1 }), /^constructor: is not known; use /],
    ["a prop in a wrong case", given({ Quota: {} }), /did you mean "quota"/],
    ["a key of a selector", given({ clusters: { matchLabel: {} } }), /^clusters\.matchLabel: .* "matchLabels"/],
    ["a key of a peer", given({ network: { ingresFrom: [] } }), /^network\.ingresFrom: .* "ingressFrom"/],
    [
      "a peer that is nowhere",
      given({ network: { egressTo: [{ ports: [1] }] } }),
      /egressTo\[0\]\.namespace: is missing/,
    ],
    [
      "labels of addresses",
      given({ network: { egressTo: [{ cidr: "10.0.0.0/8", podLabels: {} }] } }),
      /podLabels: is not known/,
    ],
    ["a word that is none", given({ network: "Open" }), /^network: "Open" is not known; did you mean "open"\?$/],
    ["a level that is none", given({ podSecurity: "Privileged" }), /^podSecurity: "Privileged" .* "privileged"/],
    ["limits that are no list", given({ limits: "None" }), /^limits: "None" is not known; did you mean "none"/],
    [
      "a cluster instead of a list",
      given({ clusters: "one" }),
      /^clusters: "one" is not known; give "all" or a list or an object/,
    ],
    ["a text instead of a list", given({ users: { ana: "view" } }), /^users\.ana: is a text; give a list or an/],
    ["null", given({ quota: null }), /^quota: is null; give an object$/],
    ["no props at all", null as never, /^is null; give an object$/],
    ["a list instead of an object", given({ users: ["ana"] }), /^users: is a list; give an object$/],
    ["a text instead of yes or no", given({ adopt: "true" }), /^adopt: is a text; give true or false$/],
    ["an amount that is none", given({ quota: { pods: true } }), /^quota\.pods: is a boolean; give a text or/],
    [
      "a quota that limits nothing",
      given({ quota: { x: { scopes: [] } } }),
      /^quota\.x\.hard: is missing; give an object/,
    ],
    ["a user who has nothing", given({ users: { ana: {} } }), /^users\.ana\.permissions: is missing; give a list$/],
    [
      "a type of a policy",
      given({ network: { policies: { a: { podSelector: {}, policyTypes: ["ingress"] } } } }),
      /^network\.policies\.a\.policyTypes\[0\]: "ingress" .* did you mean "Ingress"/,
    ],
    [
      "a policy for whatever pods",
      given({ network: { policies: { a: { policyTypes: ["Ingress"] } } } }),
      /^network\.policies\.a\.podSelector: is missing; give an object$/,
    ],
    ["policies that are not there", given({ network: { policies: undefined } }), /^network\.policies: is missing/],
    [
      "verbs in one text",
      given({ permissions: { x: { rules: [{ verbs: "get" }] } } }),
      /^permissions\.x\.rules\[0\]\.verbs: is a text; give a list$/,
    ],
    [
      "what only cdk8s could resolve",
      given({ permissions: { x: { rules: Lazy.any({ produce: () => [] }) } } }),
      /^permissions\.x\.rules: is an object of a class; give a list$/,
    ],
  ];
  test.each(cases)("%s", (_, props, message) => {
    expectFaults((app) => new LogicalCloud(app, "shop", props), [["shop", message]]);
  });
});

describe("a fleet that is not what its type says is refused at once, with all that is wrong", () => {
  const right = { kubernetes: "1.33", identity: "x509" } as const;
  const cluster = (props: object) => ({ clusters: { a: { ...right, ...props } as ClusterProps } });
  const cases: readonly [string, object, RegExp][] = [
    ["no clusters", {}, /^clusters: is missing; give an object$/],
    ["no identity", { clusters: { a: { kubernetes: "1.33" } } }, /^clusters\.a\.identity: is missing; give "x509" or /],
    ["another identity", cluster({ identity: "X509" }), /^clusters\.a\.identity: "X509" .* did you mean "x509"/],
    ["an unknown prop", cluster({ platfrom: "eks" }), /^clusters\.a\.platfrom: is not known; did you mean "platform"/],
    ["a version that is a number", cluster({ kubernetes: 1.33 }), /kubernetes: is a number; give a text/],
    ["a name of JavaScript", { clusters: { constructor: right } }, /^clusters\.constructor: is a name that JavaScript/],
  ];
  test.each(cases)("%s", (_, fleet, message) => {
    const faults = faultsOf(() => new FleetApp({ fleet: fleet as Fleet }));
    expect(faults).toEqual([{ path: "fleet", message: expect.stringMatching(message) }]);
  });

  test("no fleet", () => {
    const Untyped = FleetApp as unknown as new (props?: object) => FleetApp;
    for (const make of [() => new Untyped(), () => new Untyped({})]) {
      expect(make).toThrow(expect.objectContaining({ code: "INVALID" } satisfies Partial<CloudError>));
    }
  });
});
