import { LogicalCloud } from "logical-clouds";
import type { App } from "./fleet.ts";

/** The web shop and its API, from a developer's office to production. */
export const storefront = (app: App) =>
  new LogicalCloud(app, "storefront", {
    clusters: "all",
    namespaces: ["storefront-web", "storefront-api"],
    permissions: {
      admin: { clusterRole: "admin" },
      edit: { clusterRole: "edit" },
      view: { clusterRole: "view" },
    },
    users: {
      ana: ["admin"],
      ben: ["edit"],
      chloe: ["edit"],
      oncall: ["view"],
    },
    quota: { "requests.cpu": 12, "requests.memory": "48Gi" },
    network: {
      ingressFrom: ["ingress-nginx"],
      egressTo: [{ namespace: "payments-core", ports: [8443] }],
    },
    // web.storefront, api.storefront-api.storefront
    dns: { services: ["web", "api.storefront-api"] },
  });
