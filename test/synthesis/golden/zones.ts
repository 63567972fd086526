import { type ClusterProps, defineFleet, FleetApp, LogicalCloud } from "../../../src/index.ts";
import type { GoldenCase } from "./golden-case.ts";

const common = { kubernetes: "1.33", identity: "x509" } as const satisfies ClusterProps;
const repository = "https://git.example.com/fleet";

const fleet = defineFleet({
  clusters: {
    aks: { ...common, platform: "aks", dns: { provider: "coredns-custom" } },
    eks: { ...common, platform: "eks", identity: "service-account", dns: { provider: "eks-addon", guard: false } },
    gardener: {
      ...common,
      dns: { provider: "coredns-custom", port: 8053 },
      delivery: { git: { repository, engine: "flux" } },
    },
    gke: { ...common, platform: "gke", dns: { provider: "kube-dns" } },
    k3s: {
      ...common,
      platform: "k3s",
      dns: { provider: "coredns-custom" },
      delivery: { git: { repository, engine: "argocd" } },
    },
    kubeadm: {
      ...common,
      platform: "kubeadm",
      dns: { provider: "corefile", clusterDomain: "k8s.example", nodeLocalCache: true },
    },
    old: { ...common, kubernetes: "1.29", dns: { provider: "corefile" } },
    openshift: { ...common, platform: "openshift", dns: { provider: "openshift" } },
  },
});

/** Zones of every mode on a cluster of each provider; one that has a provider and no zones. */
export const zones: GoldenCase = (folders) => {
  const app = new FleetApp({ fleet, ...folders });
  new LogicalCloud(app, "shop", {
    clusters: ["eks", "gardener", "kubeadm", "k3s", "old"],
    namespaces: ["shop-web", "shop-api", { name: "shop-batch", clusters: ["eks", "k3s"] }],
    dns: { zone: "our-shop", services: ["web", "api.shop-api", "jobs.shop-batch"] },
    network: "open",
  });
  new LogicalCloud(app, "bank", {
    clusters: ["eks", "gardener", "gke", "openshift"],
    dns: { zone: "Bank.Corp.", mode: "forward", to: ["192.0.2.53", "2001:db8::53"], services: ["ledger"] },
    network: "open",
  });
  new LogicalCloud(app, "wiki", {
    clusters: ["gardener", "gke", "kubeadm", "openshift"],
    namespaces: ["wiki-pages", "wiki-dns"],
    dns: { zone: "pages.wiki-corp", mode: "forward", to: { service: "resolver", namespace: "wiki-dns" } },
    network: "open",
  });
  new LogicalCloud(app, "lab", {
    clusters: ["gke", "kubeadm"],
    dns: { mode: "native", services: ["notebook"] },
    network: "open",
  });
  app.synth();
};
