import { LogicalCloud } from "logical-clouds";
import type { App } from "./fleet.ts";

/** Card payments. In scope of PCI DSS: its pods may do nothing special, and only the shop's API reaches them. */
export const payments = (app: App) =>
  new LogicalCloud(app, "payments", {
    clusters: "all",
    namespaces: ["payments-core", "payments-vault"],
    permissions: {
      admin: { clusterRole: "admin" },
      edit: { clusterRole: "edit", namespaces: ["payments-core"] },
      view: { clusterRole: "view" },
    },
    users: {
      "dev-lead": ["admin"],
      eli: ["edit"],
      auditor: ["view"],
    },
    quota: { "requests.cpu": 8, "requests.memory": "32Gi" },
    network: {
      ingressFrom: [{ namespace: "storefront-api", ports: [8443] }],
      // the card networks
      egressTo: [{ cidr: "198.51.100.0/24", ports: [443] }],
    },
    podSecurity: "restricted",
    // gateway.payments
    dns: { services: ["gateway"] },
  });
