import { ApiObject, JsonPatch } from "cdk8s";
import { describe, expect, test } from "vitest";
import { type ClusterProps, LogicalCloud, type LogicalCloudProps } from "../../src/index.ts";
import { faultsOf, newApp } from "./fleets.ts";
import { cluster, type DedicatedMesh, expectFaults } from "./mesh-fleets.ts";

const dedicated = (mesh: Omit<DedicatedMesh, "mode"> = {}) => ({ mode: "dedicated", ...mesh }) as const;

const shop = (app: ConstructorParameters<typeof LogicalCloud>[0], props: LogicalCloudProps = {}) =>
  new LogicalCloud(app, "shop", { mesh: dedicated(), ...props });

const flux: ClusterProps["delivery"] = { git: { repository: "https://git.example.com/a", engine: "flux" } };

describe("a mesh that does not fit its cluster is told there", () => {
  const cases: readonly [string, ClusterProps, path: string, RegExp][] = [
    [
      "pods that may not set up their network",
      cluster({ cni: false }),
      "shop/one",
      /^mesh: podSecurity "baseline" refuses every pod .*; run istio-cni/,
    ],
    ["no Flux", cluster({ installer: "flux" }), "fleet.clusters.one", /^mesh\.installer: "flux" needs Flux/],
    [
      "no Argo CD",
      cluster({ installer: "argocd" }, { delivery: flux }),
      "fleet.clusters.one",
      /^mesh\.installer: "argocd" needs Argo CD/,
    ],
    [
      "a Kubernetes that its Istio does not run on",
      cluster({}, { kubernetes: "1.31" }),
      "shop/one",
      /^mesh: Istio 1\.31 runs on Kubernetes 1\.32 or later, and "1\.31" is older; upgrade/,
    ],
    [
      "addresses that nobody knows",
      cluster({ gateway: { exposure: "externalIPs" } }),
      "shop/one",
      /^mesh\.gateway\.addresses: exposure "externalIPs" needs them/,
    ],
  ];
  test.each(cases)("%s", (_, one, path, message) => {
    expectFaults((app) => shop(app), [[path, message]], { one });
  });
});

test.each([{}, { delivery: flux }])("authorities are encrypted only for one who decrypts them", (props) => {
  const { app } = newApp({ one: cluster({ trust: "sops" }, props) });
  shop(app);
  const faults = faultsOf(() => app.synth()).filter(({ path }) => path === "fleet.clusters.one");
  expect(faults.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^mesh\.trust: .* flux\.decryptionSecret/),
  ]);
});

test("each version of Istio runs on its own versions of Kubernetes, and a shared one on whatever it runs on", () => {
  const { app } = newApp({
    one: cluster({ version: "1.30.8" }, { kubernetes: "1.30" }),
    two: cluster({ version: "1.31.1" }, { kubernetes: "1.32" }),
    old: cluster({}, { kubernetes: "1.28" }),
  });
  shop(app, { clusters: ["one", "two"] });
  new LogicalCloud(app, "guest", { mesh: { mode: "shared", revision: "stable" } });
  expect(() => app.synth()).not.toThrow();
});

test("nothing is encrypted of authorities that cert-manager signs", () => {
  const { app } = newApp({ one: cluster({ trust: "sops" }) });
  shop(app, { mesh: dedicated({ trust: { issuer: { certManager: { name: "meshes" } } } }) });
  expect(() => app.synth()).not.toThrow();
});

test("what a cluster has wrong is told once, however many clouds have a mesh there", () => {
  expectFaults(
    (app) => {
      shop(app);
      new LogicalCloud(app, "bank", { mesh: dedicated() });
    },
    [["fleet.clusters.one", /^mesh\.installer/]],
    { one: cluster({ installer: "flux" }) },
  );
});

test("restricted pods and those of a shared mesh need istio-cni too", () => {
  expectFaults(
    (app) => {
      shop(app, { podSecurity: "restricted" });
      new LogicalCloud(app, "bank", { mesh: { mode: "shared", revision: "stable" } });
    },
    [
      ["bank/one", /^mesh: podSecurity "baseline" refuses/],
      ["shop/one", /^mesh: podSecurity "restricted" refuses/],
    ],
    { one: cluster({ cni: false }) },
  );
});

test("pods that may do everything set up their network themselves", () => {
  const { app } = newApp({ one: cluster({ cni: false }) });
  shop(app, { podSecurity: "privileged", privileged: true });
  expect(() => app.synth()).not.toThrow();
});

test("the names of a cloud and its cluster are together no longer than a label", () => {
  const name = `m${"1".repeat(57)}`;
  expectFaults((app) => shop(app), [[`shop/${name}`, /^mesh: its network "shop--m1+" is longer than 63/]], {
    [name]: cluster(),
  });
});

test("two clouds of a fleet have two trust domains", () => {
  expectFaults(
    (app) => {
      new LogicalCloud(app, "bank", { clusters: ["one"], mesh: dedicated({ trustDomain: "corp.mesh" }) });
      shop(app, { clusters: ["two"], mesh: dedicated({ trustDomain: "corp.mesh" }) });
    },
    [["shop", /^mesh\.trustDomain: "corp\.mesh" is cloud "bank"'s/]],
    { one: cluster(), two: cluster() },
  );
});

test("an address and port lead to one gateway", () => {
  const gateway = { exposure: "externalIPs", addresses: ["192.0.2.1"] } as const;
  expectFaults(
    (app) => {
      new LogicalCloud(app, "bank", { mesh: dedicated() });
      new LogicalCloud(app, "data", { mesh: dedicated({ gateway: { port: 15444 } }) });
      shop(app);
    },
    [
      [
        "shop/one",
        /^mesh\.gateway\.addresses: "192\.0\.2\.1" and port 15443 lead to the gateway of cloud "bank" on "one"/,
      ],
    ],
    { one: cluster({ gateway }) },
  );
  expectFaults(
    (app) => shop(app, { mesh: dedicated({ gateway }) }),
    [["shop/two", /^mesh\.gateway\.addresses: .* cloud "shop" on "one"/]],
    { one: cluster(), two: cluster() },
  );
});

test("clusters that see Services of each other end the names of Services in one way", () => {
  const clusters = { one: cluster(), two: cluster({}, { dns: { clusterDomain: "k8s.example.com" } }) };
  expectFaults(
    (app) => shop(app),
    [
      [
        "shop/two",
        /^mesh: Services are called \*\.k8s\.example\.com here and \*\.cluster\.local on "one", .*; .* exports: \[\]/,
      ],
    ],
    clusters,
  );
  const { app } = newApp(clusters);
  shop(app, { mesh: dedicated({ exports: [] }) });
  new LogicalCloud(app, "bank", { clusters: ["two"], mesh: dedicated() });
  expect(() => app.synth()).not.toThrow();
});

test("an address is the same however it is written", () => {
  const at = (address: string) => cluster({ gateway: { exposure: "externalIPs", addresses: [address] } });
  expectFaults((app) => shop(app), [["shop/two", /^mesh\.gateway\.addresses: "2001:0DB8::1" .* "shop" on "one"/]], {
    one: at("2001:db8::1"),
    two: at("2001:0DB8::1"),
  });
});

test("what is wrong with a mesh itself hides nothing that is wrong with its place", () => {
  expectFaults(
    (app) => {
      shop(app, { mesh: dedicated({ exports: ["web.other"], trustDomain: "corp.mesh" }) });
      new LogicalCloud(app, "bank", {
        podSecurity: "privileged",
        privileged: true,
        mesh: dedicated({ trustDomain: "corp.mesh" }),
      });
    },
    [
      ["shop", /^mesh\.exports: "web\.other"/],
      ["shop", /^mesh\.trustDomain: "corp\.mesh" is cloud "bank"'s/],
      ["shop/one", /^mesh: podSecurity "baseline" refuses/],
    ],
    { one: cluster({ cni: false }) },
  );
});

test("nobody's shared control plane is in the namespace of a cloud's own", () => {
  expectFaults(
    (app) => {
      shop(app);
      new LogicalCloud(app, "guest", { mesh: { mode: "shared", revision: "stable", namespace: "istio-shop" } });
    },
    [["guest/one", /^mesh\.namespace: "istio-shop" is the mesh of cloud "shop" alone; choose another one/]],
  );
});

test("what a cloud says of a gateway of another exposure is told", () => {
  expectFaults(
    (app) => shop(app, { mesh: dedicated({ gateway: { nodeSelector: { edge: "yes" } } }) }),
    [["shop/one", /^mesh\.gateway\.nodeSelector: is of exposure "NodePort" alone, and it is "LoadBalancer"/]],
  );
});

describe("nobody chooses the mesh of another cloud", () => {
  test("as a shared one", () => {
    expectFaults(
      (app) => {
        new LogicalCloud(app, "bank", { mesh: { mode: "shared", revision: "shop" } });
        shop(app);
      },
      [["bank/one", /^mesh\.revision: "shop" is the mesh of cloud "shop" alone/]],
    );
  });

  test("by a label of a namespace", () => {
    expectFaults(
      (app) => {
        new LogicalCloud(app, "bank", { namespaces: [{ name: "bank", labels: { "istio.io/rev": "shop" } }] });
        shop(app);
      },
      [["bank/one/namespace", /^metadata\.labels\.istio\.io\/rev: "shop" is the mesh of cloud "shop" alone/]],
    );
  });

  test("nor has its own changed under it", () => {
    expectFaults(
      (app) => {
        const namespace = ApiObject.of(shop(app).on("one").node.findChild("namespace"));
        namespace.addJsonPatch(JsonPatch.replace("/metadata/labels/istio.io~1rev", "other"));
        namespace.addJsonPatch(JsonPatch.add("/metadata/labels/istio-injection", "enabled"));
      },
      [
        ["shop/one/namespace", /^metadata\.labels\.istio\.io\/rev: was changed/],
        ["shop/one/namespace", /^metadata\.labels\.istio-injection: was changed/],
      ],
    );
  });
});

test("namespaces named as those of meshes belong to the system", () => {
  expectFaults(
    (app) => {
      new LogicalCloud(app, "bank", { namespaces: ["istio-data"] });
      shop(app, { namespaces: ["istio-system"] });
    },
    [
      ["bank", /^namespaces: "istio-data" belongs to the system/],
      ["shop", /^namespaces: "istio-system" belongs to the system/],
    ],
  );
});
