import { ApiObject, type Chart } from "cdk8s";
import { type ClusterProps, defineFleet, FleetApp, LogicalCloud } from "../../../src/index.ts";
import type { GoldenCase } from "./golden-case.ts";

const common = { kubernetes: "1.33", identity: "service-account" } as const satisfies ClusterProps;

const fleet = defineFleet({
  delivery: {
    git: {
      repository: "git@git.example.com:platform/fleet.git",
      engine: "flux",
      flux: { secret: "fleet", verificationSecret: "signers" },
      argocd: { namespace: "argo" },
    },
  },
  clusters: {
    flux: { ...common, delivery: { git: { flux: { decryptionSecret: "sops-age" } } } },
    argo: { ...common, delivery: { git: { engine: "argocd", pullUrl: "https://git.example.com/platform/fleet.git" } } },
    "flux-at-once": {
      ...common,
      delivery: { oci: { repository: "oci://registry.example.com/fleet", unit: "cluster" } },
    },
    "argo-at-once": {
      ...common,
      delivery: {
        git: {
          engine: "argocd",
          repository: "https://git.example.com/prod",
          branch: "prod",
          path: ".",
          unit: "cluster",
        },
      },
    },
  },
});

/** What each agent reads, a text that Flux would replace, and kinds that Argo CD must be told of. */
export const pulled: GoldenCase = (folders) => {
  const app = new FleetApp({ fleet, ...folders });
  const bank = new LogicalCloud(app, "bank", {
    namespaces: ["bank", "vault"],
    permissions: { look: { clusterRole: "view" } },
    users: { ada: ["look"] },
  });
  for (const chart of bank.charts.values()) addScript(chart);
  const shop = new LogicalCloud(app, "shop", { clusters: ["argo", "flux"], network: "open", privileged: true });
  for (const chart of shop.charts.values()) addUnusual(chart);
  app.synth();
};

function addScript(chart: Chart): void {
  new ApiObject(chart, "script", {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "script", namespace: "bank" },
    data: { "run.sh": `echo "\${GREETING:-hello}"\n` },
  });
}

function addUnusual(chart: Chart): void {
  new ApiObject(chart, "schedule", {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: "tidy", namespace: "shop" },
    spec: {
      schedule: "0 3 * * *",
      jobTemplate: {
        spec: {
          template: {
            spec: { restartPolicy: "Never", containers: [{ name: "tidy", image: "registry.example.com/tidy:1" }] },
          },
        },
      },
    },
  });
  new ApiObject(chart, "priority", {
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    metadata: { name: "shop-first" },
    value: 1000,
  });
}
