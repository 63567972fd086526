import { defineFleet, type FleetAppOf } from "logical-clouds";

/**
 * Your clusters. Each is reached by the context of its name in your kubeconfig; where they differ, say
 * `access: { context: "…" }`.
 */
export const fleet = defineFleet({
  clusters: {
    production: { kubernetes: "1.33", labels: { env: "production" }, identity: "x509" },
    staging: { kubernetes: "1.33", labels: { env: "staging" }, identity: "x509" },
  },
});

export type App = FleetAppOf<typeof fleet>;
