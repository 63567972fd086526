import { describe, test } from "vitest";
import { LogicalCloud, type LogicalCloudProps } from "../../src/index.ts";
import { type ClusterMesh, cluster, type DedicatedMesh, expectFaults } from "../synthesis/mesh-fleets.ts";

/** What nobody has who runs the type checker. */
const untyped = (mesh: object) => mesh as unknown as NonNullable<LogicalCloudProps["mesh"]>;

describe("a fault in a cloud's own mesh is told with its prop and remedy", () => {
  const cases: readonly [string, Omit<DedicatedMesh, "mode">, ...RegExp[]][] = [
    ["a version from before", { version: "1.29.4" }, /^mesh\.version: "1\.29\.4" is not one .* 1\.30\.x or 1\.31\.x/],
    ["a version to come", { version: "1.32.0" }, /^mesh\.version: "1\.32\.0" is not one/],
    ["a version by another name", { version: "1.31.01" }, /^mesh\.version: "1\.31\.01" is no version/],
    ["half a version", { version: "1.31" }, /^mesh\.version: "1\.31" is no version/],
    [
      "versions by cluster",
      { version: { one: "1.28.0", two: "1.31.1" } },
      /^mesh\.version\.one: "1\.28\.0" is not/,
      /^mesh\.version: "two" is no cluster of the cloud; use one/,
    ],
    ["no domain", { trustDomain: "Shop_Mesh" }, /^mesh\.trustDomain: "Shop_Mesh" is no domain/],
    ["the trust domain that is any", { trustDomain: "cluster.local" }, /^mesh\.trustDomain: .* any trust domain/],
    [
      "exports that are no Services of the cloud",
      { exports: ["Web", "web.other", "web", "web"] },
      /^mesh\.exports: "Web" is no Service/,
      /^mesh\.exports: "web\.other": namespace "other" is not the cloud's; use one of shop, shop-api/,
      /^mesh\.exports: "web" is there twice/,
    ],
    [
      "resources that are none",
      { resources: { istiod: { requests: { cpu: "much" } }, gateway: { limits: { memory: 0 } } } },
      /^mesh\.resources\.istiod\.requests\.cpu: "much" is no quantity/,
      /^mesh\.resources\.gateway\.limits\.memory: "0" is nothing/,
    ],
    [
      "requests beyond limits, the default ones too",
      { resources: { istiod: { limits: { memory: "128Mi" } }, sidecar: { requests: { cpu: 1 } } } },
      /^mesh\.resources\.istiod\.requests\.memory: "256Mi" is more than its limit, "128Mi"/,
      /^mesh\.resources\.sidecar\.requests\.cpu: "1" is more than its limit, "500m"/,
    ],
    [
      "a gateway that nobody finds",
      { gateway: { port: 0, cidrs: ["10.0.0.1/8"], annotations: { "a b": "", "logical-clouds.io/adopt": "true" } } },
      /^mesh\.gateway\.annotations: "a b" is no annotation key/,
      /^mesh\.gateway\.annotations: "logical-clouds\.io\/adopt" is ours; leave it out/,
      /^mesh\.gateway\.port: 0 is no port/,
      /^mesh\.gateway\.cidrs: "10\.0\.0\.1\/8" has bits beyond/,
    ],
    ["a port that is taken", { gateway: { port: 15021 } }, /^mesh\.gateway\.port: 15021 is where/],
    ["no addresses at all, which would be all", { gateway: { cidrs: [] } }, /^mesh\.gateway\.cidrs: name no address/],
    [
      "an issuer that cannot be",
      { trust: { issuer: { certManager: { name: "Root CA", kind: "issuer", group: "" } } } },
      /^mesh\.trust\.issuer\.certManager\.name: "Root CA" is no name/,
      /^mesh\.trust\.issuer\.certManager\.kind: "issuer" is no kind/,
      /^mesh\.trust\.issuer\.certManager\.group: "" is no API group/,
    ],
  ];
  test.each(cases)("%s", (_, mesh, ...messages) => {
    expectFaults(
      (app) =>
        new LogicalCloud(app, "shop", { namespaces: ["shop", "shop-api"], mesh: { mode: "dedicated", ...mesh } }),
      messages.map((message) => ["shop", message]),
    );
  });
});

describe("a name that Helm or Istio does not take is a fault", () => {
  test.each(["a".repeat(47), "system", "ingress", "default"])("%s", (name) => {
    expectFaults(
      (app) => new LogicalCloud(app, name, { namespaces: ["shop"], mesh: { mode: "dedicated" } }),
      [[name, /^mesh: /]],
    );
  });
});

describe("a fault in a shared mesh is told with its prop and remedy", () => {
  const shared = { mode: "shared", revision: "stable" } as const;
  const cases: readonly [string, NonNullable<LogicalCloudProps["mesh"]>, ...RegExp[]][] = [
    [
      "whom it trusts is not the cloud's to say",
      untyped({ ...shared, trust: {} }),
      /^mesh\.trust: is not known; use mode/,
    ],
    ["nor what it exports", untyped({ ...shared, exports: ["web"] }), /^mesh\.exports: is not known; use mode/],
    ["no revision", untyped({ mode: "shared" }), /^mesh\.revision: is missing/],
    ["an empty revision", { ...shared, revision: "" }, /^mesh\.revision: is empty/],
    ["a namespace that is none", { ...shared, namespace: "A" }, /^mesh\.namespace: "A" is no name/],
    [
      "labels that are somebody else's",
      {
        ...shared,
        discoveryLabels: { "istio.io/rev": "a", "logical-clouds.io/cloud": "a" },
      },
      /^mesh\.discoveryLabels: "istio\.io\/rev" says .*; use revision/,
      /^mesh\.discoveryLabels: "logical-clouds\.io\/cloud" is a label by which we know/,
    ],
    ["an unknown mode", untyped({ mode: "ambient" }), /^mesh\.mode: "ambient" is not known; /],
    ["no mode", untyped({}), /^mesh\.mode: is missing; give "dedicated"/],
    ["no mesh by another word", "off" as "none", /^mesh: "off" is not known; /],
  ];
  test.each(cases)("%s", (_, mesh, ...messages) => {
    expectFaults(
      (app) => new LogicalCloud(app, "shop", { mesh }),
      messages.map((message) => ["shop", message]),
    );
  });
});

describe("what is wrong with a mesh is told once, and not again where it is rendered", () => {
  const clusters = { one: cluster(), two: cluster() };
  test("a gateway that isolated pods would be let to", () => {
    const gateway = { port: 70_000, cidrs: ["10.0.0.1/8", "fe80::1%eth0/64"] };
    expectFaults(
      (app) => new LogicalCloud(app, "shop", { mesh: { mode: "dedicated", gateway } }),
      [
        ["shop", /^mesh\.gateway\.port: 70000 is no port/],
        ["shop", /^mesh\.gateway\.cidrs: "10\.0\.0\.1\/8" has bits beyond/],
        ["shop", /^mesh\.gateway\.cidrs: "fe80::1%eth0\/64" is no CIDR/],
      ],
      clusters,
    );
  });
  test("that of a cluster", () => {
    expectFaults(
      (app) => new LogicalCloud(app, "shop", { mesh: { mode: "dedicated" } }),
      [["fleet.clusters.two", /^mesh\.gateway\.cidrs: "10\.0\.0\.1\/8" has bits beyond/]],
      { ...clusters, two: cluster({ gateway: { cidrs: ["10.0.0.1/8"] } }) },
    );
  });
  test("an address that is there twice", () => {
    const gateway = { exposure: "externalIPs", addresses: ["192.0.2.1", "192.0.2.1"] } as const;
    expectFaults(
      (app) => new LogicalCloud(app, "shop", { clusters: ["one"], mesh: { mode: "dedicated", gateway } }),
      [["shop", /^mesh\.gateway\.addresses: "192\.0\.2\.1" is there twice/]],
      clusters,
    );
  });
  test("where a shared control plane is", () => {
    expectFaults(
      (app) => new LogicalCloud(app, "shop", { mesh: { mode: "shared", revision: "stable", namespace: "a/b" } }),
      [["shop", /^mesh\.namespace: "a\/b" is no name/]],
      clusters,
    );
  });
  test("a name that no namespace beside it can have", () => {
    const name = "a".repeat(60);
    expectFaults(
      (app) => new LogicalCloud(app, name, { namespaces: ["shop"], mesh: { mode: "dedicated" } }),
      [[name, /^mesh: the cloud's name has 60 characters/]],
      clusters,
    );
  });
});

test("a label of a namespace that says in which mesh its pods are is the mesh's to set", () => {
  const namespaces = [{ name: "shop", labels: { "istio-injection": "enabled", team: "shop" } }];
  expectFaults(
    (app) => new LogicalCloud(app, "shop", { namespaces, mesh: { mode: "dedicated" } }),
    [["shop", /^namespaces\.shop\.labels: "istio-injection" says .*; leave it to mesh/]],
  );
});

test("an admin cloud has no mesh", () => {
  expectFaults(
    (app) => new LogicalCloud(app, "ops", { admin: true, namespaces: ["tools"], mesh: { mode: "dedicated" } }),
    [["ops", /^mesh: an admin cloud only refers/]],
  );
});

describe("a fault in how a cluster bears meshes is told there, with or without any", () => {
  const cases: readonly [string, ClusterMesh, ...RegExp[]][] = [
    ["a version", { version: "1.20.0" }, /^mesh\.version: "1\.20\.0" is not/],
    [
      "CRDs that come with the operator",
      { installer: "sail", crds: "ours" },
      /^mesh\.crds: the Sail operator brings them/,
    ],
    [
      "places that are none",
      { chartRepository: "https://me:secret@example.com", hub: "https://docker.io/istio" },
      /^mesh\.chartRepository: .* without a credential/,
      /^mesh\.hub: "https:\/\/docker\.io\/istio" is no place of images/,
    ],
    [
      "addresses",
      { gateway: { exposure: "externalIPs", addresses: ["host", "192.0.2.1", "192.0.2.1"] } },
      /^mesh\.gateway\.addresses: "host" is no IP address/,
      /^mesh\.gateway\.addresses: "192\.0\.2\.1" is there twice/,
    ],
    [
      "addresses that API servers refuse",
      {
        gateway: {
          exposure: "externalIPs",
          addresses: [
            "0.0.0.0",
            "127.0.0.1",
            "::1",
            "169.254.1.1",
            "fe80::1",
            "224.0.0.1",
            "fd00::1%eth0",
            "::ffff:192.0.2.1",
          ],
        },
      },
      /^mesh\.gateway\.addresses: "0\.0\.0\.0" leads to no gateway/,
      /^mesh\.gateway\.addresses: "127\.0\.0\.1" leads/,
      /^mesh\.gateway\.addresses: "::1" leads/,
      /^mesh\.gateway\.addresses: "169\.254\.1\.1" leads/,
      /^mesh\.gateway\.addresses: "fe80::1" leads/,
      /^mesh\.gateway\.addresses: "224\.0\.0\.1" leads/,
      /^mesh\.gateway\.addresses: "fd00::1%eth0" is no IP address/,
      /^mesh\.gateway\.addresses: "::ffff:192\.0\.2\.1" is no IP address/,
    ],
    [
      "an address that is written in two ways",
      { gateway: { exposure: "externalIPs", addresses: ["2001:db8::1", "2001:0db8::1"] } },
      /^mesh\.gateway\.addresses: "2001:0db8::1" is there twice/,
    ],
    [
      "what the exposure does not use",
      { gateway: { addresses: ["192.0.2.1"], nodeSelector: { edge: "yes" } } },
      /^mesh\.gateway\.addresses: is of exposure "externalIPs" alone, and it is "LoadBalancer"/,
      /^mesh\.gateway\.nodeSelector: is of exposure "NodePort" alone/,
    ],
    [
      "nodes by an annotation",
      { gateway: { annotations: { "traffic.istio.io/nodeSelector": "{}" } } },
      /^mesh\.gateway\.annotations: .*; use nodeSelector/,
    ],
  ];
  test.each(cases)("%s", (_, mesh, ...messages) => {
    expectFaults(
      (app) => new LogicalCloud(app, "shop"),
      messages.map((message) => ["fleet.clusters.one", message]),
      { one: cluster(mesh) },
    );
  });
});
