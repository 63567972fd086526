import { defineFleet, FleetApp, LogicalCloud } from "../../../src/index.ts";
import type { GoldenCase } from "./golden-case.ts";

const fleet = defineFleet({ clusters: { main: { kubernetes: "1.33", identity: "service-account" } } });

/** Reach beyond the cloud's own namespaces, and power over what is rendered in them. */
export const privileged: GoldenCase = (folders) => {
  const app = new FleetApp({ fleet, ...folders });
  new LogicalCloud(app, "platform", {
    privileged: true,
    permissions: {
      nodes: {
        clusterWide: true,
        rules: [
          { apiGroups: [""], resources: ["nodes"], verbs: ["get", "list"] },
          { nonResourceURLs: ["/metrics"], verbs: ["get"] },
        ],
      },
      everywhere: { clusterRole: "view", clusterWide: true },
      ingress: { clusterRole: "edit", namespaces: [], foreignNamespaces: ["ingress-nginx"] },
      owner: { clusterRole: "cluster-admin" },
    },
    users: { root: ["owner", "nodes", "ingress"] },
    groups: { "oidc:sre": ["everywhere", "owner"] },
    podSecurity: "privileged",
    network: "open",
  });
  app.synth();
};
