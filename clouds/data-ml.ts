import { LogicalCloud } from "logical-clouds";
import type { App } from "./fleet.ts";

/** Data pipelines, training and serving of models. Staging has neither the data nor the GPUs. */
export const dataMl = (app: App) =>
  new LogicalCloud(app, "data-ml", {
    clusters: { matchExpressions: [{ key: "env", operator: "NotIn", values: ["staging"] }] },
    namespaces: ["data-ml-etl", "data-ml-train", "data-ml-serve"],
    permissions: {
      admin: { clusterRole: "admin" },
      edit: { clusterRole: "edit" },
    },
    users: {
      fay: ["admin"],
      gus: ["edit"],
    },
    quota: {
      compute: { hard: { "requests.cpu": 20, "requests.memory": "96Gi" } },
      gpu: { hard: { "requests.nvidia.com/gpu": 2 }, namespaces: ["data-ml-train"] },
      "no-gpu": { hard: { "requests.nvidia.com/gpu": 0 }, namespaces: ["data-ml-etl", "data-ml-serve"] },
    },
    network: {
      // object storage
      egressTo: [{ cidr: "203.0.113.0/24", ports: [443] }],
    },
    // models.data-ml-serve.data-ml
    dns: { services: ["models.data-ml-serve"] },
  });
