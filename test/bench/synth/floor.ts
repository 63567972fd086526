import { mkdirSync, writeFileSync } from "node:fs";
import { count, measure, outdir } from "./measure.ts";
import { CLUSTERS, cloudNames, cloudObjects } from "./tenants.ts";

/** The least that can be done: plain objects, no checks, no order, JSON, as many files as we write. */
measure(() => {
  for (const cluster of CLUSTERS) {
    mkdirSync(`${outdir}/${cluster}/cluster`, { recursive: true });
    for (const name of ["cluster.json", "kustomization.yaml", "cluster/cluster.k8s.yaml"]) {
      writeFileSync(`${outdir}/${cluster}/${name}`, "{}");
    }
    for (const cloud of cloudNames(count)) {
      const folder = `${outdir}/${cluster}/clouds/${cloud}`;
      mkdirSync(folder, { recursive: true });
      const documents = cloudObjects(cloud, cluster).map((object) => JSON.stringify(object));
      writeFileSync(`${folder}/cloud.k8s.json`, documents.join("\n---\n"));
    }
  }
});
