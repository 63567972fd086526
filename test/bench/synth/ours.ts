import { ApiObject, JsonPatch } from "cdk8s";
import { defineFleet, FleetApp, LogicalCloud } from "../../../src/index.ts";
import { count, measure, outdir } from "./measure.ts";
import { CLUSTERS, cloudNames, cloudProps, clusterProps } from "./tenants.ts";

/** With `patched` as its third argument, an object of every tenth chart is patched. */
const isPatched = process.argv[4] === "patched";

measure(() => {
  const clusters = Object.fromEntries(CLUSTERS.map((cluster) => [cluster, clusterProps(cluster)]));
  const app = new FleetApp({ fleet: defineFleet({ clusters }), outdir, identities: `${outdir}/none` });
  for (const [index, name] of cloudNames(count).entries()) {
    const cloud = new LogicalCloud(app, name, cloudProps(name));
    const chart = isPatched ? cloud.on(CLUSTERS[index % CLUSTERS.length] ?? "") : undefined;
    if (chart !== undefined) {
      ApiObject.of(chart.node.findChild("quota")).addJsonPatch(JsonPatch.replace("/spec/hard/pods", "60"));
    }
  }
  app.synth();
});
