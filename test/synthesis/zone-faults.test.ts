import { describe, test } from "vitest";
import { LogicalCloud } from "../../src/index.ts";
import { type ClusterDns, cluster, type Dns, expectFaults } from "./zone-fleets.ts";

describe("a fault in a zone is told with its prop and remedy", () => {
  const cases: readonly [string, Dns, ...RegExp[]][] = [
    ["the cloud's name is a top-level domain", {}, /^dns\.zone: "shop" is a top-level domain/],
    ["a zone in other words", { zone: "DEV." }, /^dns\.zone: "dev" is a top-level domain/],
    ["an underscore", { zone: "our_shop" }, /^dns\.zone: .* underscore/],
    ["no server to forward to", { zone: "our-shop", mode: "forward" }, /^dns\.to: mode "forward" needs it/],
    ["no address", { zone: "our-shop", mode: "forward", to: [] }, /^dns\.to: names no address/],
    [
      "a server where none is asked",
      { zone: "our-shop", to: ["192.0.2.1"] },
      /^dns\.to: is of mode "forward" alone, and the mode is "rewrite"/,
    ],
    [
      "what a clusterIP looks like that is none",
      { zone: "our-shop", mode: "forward", to: ["None", "127.0.0.1", "192.0.2.1", "192.0.2.1"] },
      /^dns\.to: "None" is no IP address/,
      /^dns\.to: "127\.0\.0\.1" leads back/,
      /^dns\.to: "192\.0\.2\.1" is there twice/,
    ],
    [
      "more addresses than servers take",
      { zone: "our-shop", mode: "forward", to: Array.from({ length: 16 }, (_, index) => `192.0.2.${index}`) },
      /^dns\.to: has 16 addresses/,
    ],
    [
      "a Service that is none",
      { zone: "our-shop", mode: "forward", to: { service: "dns.shop", namespace: "Shop", port: 0 } },
      /^dns\.to: service: "dns\.shop" is no name/,
      /^dns\.to: namespace: "Shop" is no name/,
      /^dns\.to: port: 0 is no port/,
    ],
    [
      "promises that nothing could keep",
      { zone: "our-shop", services: ["Web", "1st", "web.other", "web.", "web", "web"] },
      /^dns\.services: "Web" is no Service; write it as "web"/,
      /^dns\.services: "1st" is no Service/,
      /^dns\.services: "web\.other": namespace "other" is not the cloud's; use one of shop, shop-api/,
      /^dns\.services: "web\.": namespace "" is not the cloud's/,
      /^dns\.services: "web" is there twice/,
    ],
  ];
  test.each(cases)("%s", (_, dns, ...messages) => {
    expectFaults(
      (app) => new LogicalCloud(app, "shop", { namespaces: ["shop", "shop-api"], dns }),
      messages.map((message) => ["shop", message]),
    );
  });
});

describe("a zone that does not fit a cluster is told there", () => {
  const cases: readonly [string, ClusterDns, Dns, ...RegExp[]][] = [
    [
      "nobody may change its DNS",
      {},
      { zone: "our-shop" },
      /^dns: the cluster names no provider.+provider: "corefile", "coredns-custom", "eks-addon", "kube-dns" or "openshift"/,
    ],
    [
      "its provider cannot rewrite",
      { provider: "kube-dns" },
      { zone: "our-shop" },
      /^dns: .*"kube-dns" cannot do mode "rewrite"; "corefile", "coredns-custom" or "eks-addon" can$/,
    ],
    [
      "its provider knows no ports",
      { provider: "kube-dns" },
      { zone: "our-shop", mode: "forward", to: ["192.0.2.1:53", "192.0.2.1:5353"] },
      /^dns: .*"kube-dns" cannot do another port than 53; /,
    ],
    [
      "its provider looks nothing up",
      { provider: "eks-addon" },
      { zone: "our-shop", mode: "forward", to: { service: "dns" } },
      /^dns: .*"eks-addon" cannot do forwarding to a Service; /,
    ],
    [
      "its own domain",
      { provider: "corefile", clusterDomain: "k8s.corp" },
      { zone: "corp" },
      /^dns\.zone: "corp" and the cluster's own domain "k8s\.corp" overlap; /,
    ],
    [
      "within its own domain",
      { provider: "corefile", clusterDomain: "k8s.corp" },
      { zone: "our.k8s.corp" },
      /^dns\.zone: .*overlap; /,
    ],
    [
      "a namespace of the system",
      { provider: "corefile" },
      { zone: "our.kube-system" },
      /^dns\.zone: "our\.kube-system" ends with "kube-system", a namespace here \(the system's\)/,
    ],
    [
      "the namespace of its DNS",
      { provider: "corefile", namespace: "name-servers" },
      { zone: "name-servers" },
      /a namespace here \(the system's\)/,
    ],
    [
      "another namespace of the cloud",
      { provider: "corefile" },
      { zone: "shop-api" },
      /^dns\.zone: "shop-api" ends with "shop-api", a namespace here \(the cloud's own\)/,
    ],
    [
      "a namespace of another cloud",
      { provider: "corefile" },
      { zone: "our.bank" },
      /^dns\.zone: "our\.bank" ends with "bank", a namespace here \(cloud "bank"'s\)/,
    ],
    [
      "below the cloud's first namespace",
      { provider: "corefile" },
      { zone: "our.shop-web" },
      /ends with "shop-web", a namespace here \(the cloud's own\)/,
    ],
    [
      "native names of another namespace",
      { provider: "corefile" },
      { zone: "shop-api", mode: "native" },
      /^dns\.zone: mode "native" is for zone "shop-web", the first namespace; /,
    ],
    [
      "native names of a Service elsewhere",
      { provider: "corefile" },
      { zone: "shop-web", mode: "native", services: ["web", "api.shop-api"] },
      /^dns\.services: "api\.shop-api" has no name in mode "native"; /,
    ],
    [
      "a Service named like a namespace",
      { provider: "corefile" },
      { zone: "our-shop", services: ["shop-api", "shop-web", "shop-web.shop-api"] },
      /^dns\.services: "shop-api" is a namespace of the cloud too, so that "shop-api\.our-shop" is both; /,
      /^dns\.services: "shop-web" is a namespace of the cloud too/,
    ],
    [
      "its own node cache",
      { provider: "corefile", nodeLocalAddress: "169.254.1.1" },
      { zone: "our-shop", mode: "forward", to: ["169.254.1.1:5353", "169.254.20.10"] },
      /^dns\.to: "169\.254\.1\.1:5353" is the cluster's own DNS server, which would ask itself; /,
    ],
    [
      "its own DNS server by name",
      { provider: "corefile" },
      { zone: "our-shop", mode: "forward", to: { service: "kube-dns", namespace: "kube-system" } },
      /^dns\.to: "kube-dns" is the cluster's own DNS server/,
    ],
  ];
  test.each(cases)("%s", (_, onCluster, dns, ...messages) => {
    expectFaults(
      (app) => {
        new LogicalCloud(app, "bank");
        new LogicalCloud(app, "shop", { namespaces: ["shop-web", "shop-api"], dns });
      },
      messages.map((message) => ["shop/one", message]),
      { one: cluster(onCluster) },
    );
  });
});
