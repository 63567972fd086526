import { LogicalCloud } from "logical-clouds";
import type { App } from "./fleet.ts";

/** One tenant, the same on all of its clusters. A file like this for each. */
export const webshop = (app: App) =>
  new LogicalCloud(app, "webshop", {
    clusters: "all",
    namespaces: ["webshop"],
    // Who may do what. With users, run `npx lcloud enroll` before the next synth: it makes their keys and requests.
    // permissions: { look: { clusterRole: "view" } },
    // users: { ada: ["look"] },
    quota: { "requests.cpu": 4, "requests.memory": "8Gi", pods: 50 },
    network: "isolated",
  });
