import { join } from "node:path";
import { type ClusterProps, defineFleet, FleetApp, LogicalCloud } from "../../../src/index.ts";
import { renderCharts } from "../chart-files.ts";
import type { GoldenCase } from "./golden-case.ts";

const common = {
  kubernetes: "1.33",
  identity: "service-account",
  apiServerCidrs: ["192.0.2.0/28"],
} as const satisfies ClusterProps;

const repository = "https://git.example.com/fleet";

const fleet = defineFleet({
  mesh: { cni: true },
  clusters: {
    flux: { ...common, delivery: { git: { repository, engine: "flux" } } },
    argo: {
      ...common,
      delivery: { git: { repository, engine: "argocd" } },
      mesh: { chartRepository: "https://charts.example.com/istio", hub: "registry.example.com/istio" },
    },
    sail: {
      ...common,
      platform: "openshift",
      mesh: { installer: "sail", gateway: { exposure: "NodePort", nodeSelector: { pool: "edge" } } },
    },
    hand: {
      ...common,
      mesh: { gateway: { exposure: "externalIPs", addresses: ["203.0.113.7"], port: 8443, cidrs: ["203.0.113.7/32"] } },
    },
  },
});

/** A mesh of every installer, gateway and authority; one cloud has somebody else's. */
export const meshes: GoldenCase = ({ outdir, identities }) => {
  const folders = { outdir, identities, meshes: join(outdir, "../mesh-files") };
  renderCharts(() => define(new FleetApp({ fleet, ...folders })));
  define(new FleetApp({ fleet, ...folders }));
};

function define(app: FleetApp<"flux" | "argo" | "sail" | "hand">): void {
  new LogicalCloud(app, "shop", {
    namespaces: ["shop", "shop-api"],
    podSecurity: "restricted",
    mesh: { mode: "dedicated", exports: ["web", "orders.shop-api"], egress: "registry-only" },
  });
  new LogicalCloud(app, "bank", {
    clusters: ["flux", "hand"],
    network: "open",
    mesh: {
      mode: "dedicated",
      version: { hand: "1.30.3" },
      mtls: "permissive",
      trustDomain: "bank.example",
      gateway: { port: 15443, exposure: "LoadBalancer", annotations: { "example.com/internal": "true" } },
      trust: { issuer: { certManager: { name: "bank-root" } }, nameConstraints: true },
    },
  });
  new LogicalCloud(app, "wiki", { clusters: ["sail"], mesh: { mode: "shared", revision: "platform" } });
  app.synth();
}
