import { defineFleet, FleetApp, LogicalCloud } from "../../../src/index.ts";
import type { GoldenCase } from "./golden-case.ts";

const fleet = defineFleet({
  clusters: {
    "dev-eu": { kubernetes: "1.33", labels: { env: "dev" }, identity: "service-account" },
    "prod-eu": { kubernetes: "1.33", labels: { env: "prod" }, identity: "service-account" },
    "prod-us": { kubernetes: "1.33", labels: { env: "prod" }, identity: "service-account" },
  },
});

/** Namespaces that are on some clusters only, and permissions that reach some of them; a cloud of one by default. */
export const namespaces: GoldenCase = (folders) => {
  const app = new FleetApp({ fleet, ...folders });
  new LogicalCloud(app, "shop", {
    namespaces: [
      { name: "shop-web", labels: { "example.com/tier": "front" }, annotations: { "example.com/owner": "ada" } },
      { name: "shop-cards", clusters: ["prod-eu", "prod-us"] },
      "shop-batch",
    ],
    permissions: {
      admin: { clusterRole: "admin" },
      pay: { clusterRole: "edit", namespaces: ["shop-cards"] },
      look: { rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["list", "get"] }], namespaces: ["shop-batch"] },
    },
    users: { ada: ["admin"], bob: ["pay", "look"] },
    serviceAccounts: { robot: { permissions: ["look"], namespace: "shop-batch" } },
    podSecurity: { enforce: "baseline", warn: "restricted" },
    adopt: true,
  });
  new LogicalCloud(app, "lab", { clusters: { matchLabels: { env: "dev" } } });
  app.synth();
};
