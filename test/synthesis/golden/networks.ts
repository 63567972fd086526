import { defineFleet, FleetApp, LogicalCloud } from "../../../src/index.ts";
import type { GoldenCase } from "./golden-case.ts";

const fleet = defineFleet({
  clusters: {
    openshift: { kubernetes: "1.33", platform: "openshift", identity: "x509", apiServerCidrs: ["10.1.0.1/32"] },
    plain: {
      kubernetes: "1.33",
      identity: "x509",
      apiServerCidrs: ["10.2.0.2/32", "10.2.0.1/32"],
      dns: { nodeLocalAddress: "none", podLabels: { app: "dns" } },
    },
  },
});

/** Isolated clouds with more opened, on clusters with different DNS; policies of the user's own. */
export const networks: GoldenCase = (folders) => {
  const app = new FleetApp({ fleet, ...folders });
  new LogicalCloud(app, "opened", {
    namespaces: ["opened-a", "opened-b"],
    network: {
      ingressFrom: [
        "ingress-nginx",
        { namespace: "monitoring", podLabels: { app: "prometheus" }, ports: [{ port: "metrics" }, 9090] },
      ],
      egressTo: [
        { cidr: "0.0.0.0/0", except: ["192.168.0.0/16", "10.0.0.0/8"], ports: [443, { port: 8000, endPort: 8010 }] },
      ],
      apiServer: true,
    },
  });
  new LogicalCloud(app, "own", {
    clusters: ["plain"],
    network: {
      policies: {
        "deny-all": { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
        "allow-web": { podSelector: { matchLabels: { app: "web" } }, ingress: [{ ports: [{ port: 80 }] }] },
      },
    },
  });
  app.synth();
};
