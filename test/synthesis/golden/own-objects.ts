import { ApiObject, JsonPatch } from "cdk8s";
import { defineFleet, FleetApp, LogicalCloud } from "../../../src/index.ts";
import type { GoldenCase } from "./golden-case.ts";

const fleet = defineFleet({
  clusters: {
    big: { kubernetes: "1.33", identity: "x509" },
    small: { kubernetes: "1.33", identity: "x509" },
  },
});

/** Objects that users add, ours that they patch, and an admin cloud, which has no others. */
export const ownObjects: GoldenCase = (folders) => {
  const app = new FleetApp({ fleet, ...folders });
  const shop = new LogicalCloud(app, "shop", { quota: { "requests.cpu": 4 }, network: "open" });
  const big = shop.on("big");
  ApiObject.of(big.node.findChild("quota")).addJsonPatch(JsonPatch.replace("/spec/hard/requests.cpu", "20"));
  ApiObject.of(big.node.findChild("namespace")).metadata.addAnnotation("example.com/size", "big");
  for (const [cluster, chart] of shop.charts) {
    new ApiObject(chart, "motd", {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "motd", namespace: "shop" },
      data: { text: `Welcome to ${cluster}.\n\nBe kind.\n` },
    });
  }
  const admin = new LogicalCloud(app, "admin", { admin: true, clusters: ["small"], namespaces: ["monitoring"] });
  new ApiObject(admin.on("small"), "rules", {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PrometheusRule",
    metadata: { name: "tenants", namespace: "monitoring" },
    spec: { groups: [] },
  });
  app.synth();
};
