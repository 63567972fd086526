import { defineFleet, FleetApp, LogicalCloud } from "../../../src/index.ts";
import type { GoldenCase } from "./golden-case.ts";

const fleet = defineFleet({ clusters: { main: { kubernetes: "1.33", identity: "x509" } } });

/** One quota and several, with scopes; limits by our rule, the user's own, and none. */
export const quotas: GoldenCase = (folders) => {
  const app = new FleetApp({ fleet, ...folders });
  new LogicalCloud(app, "limited", {
    quota: { "limits.cpu": 4, "requests.memory": "64Mi", pods: 10, "count/deployments.apps": 5 },
    network: "open",
  });
  new LogicalCloud(app, "requested", { quota: { cpu: "500m", "requests.nvidia.com/gpu": 1 }, network: "open" });
  new LogicalCloud(app, "scoped", {
    namespaces: ["scoped-web", "scoped-batch"],
    quota: {
      all: { hard: { "requests.storage": "1Ti", "gold.storageclass.storage.k8s.io/requests.storage": "100Gi" } },
      batch: { hard: { "limits.cpu": 8 }, scopes: ["Terminating"], namespaces: ["scoped-batch"] },
      urgent: {
        hard: { pods: 2 },
        scopeSelector: {
          matchExpressions: [{ scopeName: "PriorityClass", operator: "In", values: ["high", "critical"] }],
        },
      },
    },
    limits: [
      { type: "PersistentVolumeClaim", max: { storage: "50Gi" } },
      { type: "Container", default: { cpu: 1, memory: "1Gi" }, max: { cpu: 2 } },
    ],
    network: "open",
  });
  new LogicalCloud(app, "unlimited", { quota: { "limits.cpu": 4 }, limits: "none", network: "open" });
  app.synth();
};
