import { LogicalCloud } from "logical-clouds";
import type { App } from "./fleet.ts";

/** A sandbox in the office for Acme, whose contract ends on 2026-12-31. */
export const contractorAcme = (app: App) =>
  new LogicalCloud(app, "contractor-acme", {
    clusters: { matchLabels: { env: "dev" } },
    namespaces: ["contractor-acme-sandbox"],
    permissions: { edit: { clusterRole: "edit" } },
    users: {
      "acme-1": ["edit"],
      "acme-2": ["edit"],
    },
    quota: { "requests.cpu": 2, "requests.memory": "8Gi" },
    dns: { zone: "acme" },
  });
