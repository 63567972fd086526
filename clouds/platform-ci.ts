import { LogicalCloud } from "logical-clouds";
import type { App } from "./fleet.ts";

/** Build runners, rolled out by a bot. It has just what that takes, and cannot give anybody more. */
export const platformCi = (app: App) =>
  new LogicalCloud(app, "platform-ci", {
    clusters: "all",
    namespaces: ["platform-ci-runners"],
    permissions: {
      deploy: {
        rules: [
          {
            apiGroups: ["apps"],
            resources: ["deployments", "statefulsets"],
            verbs: ["get", "list", "watch", "create", "patch", "delete"],
          },
          {
            apiGroups: [""],
            resources: ["configmaps", "services"],
            verbs: ["get", "list", "watch", "create", "patch", "delete"],
          },
          { apiGroups: [""], resources: ["pods", "pods/log", "events"], verbs: ["get", "list", "watch"] },
        ],
      },
    },
    users: { "ci-bot": ["deploy"] },
    quota: { "requests.cpu": 8, "requests.memory": "32Gi" },
    network: {
      // source code and packages, but nothing inside
      egressTo: [{ cidr: "0.0.0.0/0", except: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"], ports: [443] }],
    },
    // cache.platform-ci
    dns: {},
  });
