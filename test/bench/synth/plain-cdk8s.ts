import { ApiObject, App, Chart, YamlOutputType } from "cdk8s";
import { count, measure, outdir } from "./measure.ts";
import { CLUSTERS, cloudNames, cloudObjects } from "./tenants.ts";

/** The layout in which cdk8s is quickest: an App for each cluster, a folder for each chart. Others are quadratic. */
measure(() => {
  for (const cluster of CLUSTERS) {
    const yamlOutputType = YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE;
    const app = new App({ outdir: `${outdir}/${cluster}`, yamlOutputType });
    for (const cloud of cloudNames(count)) {
      const chart = new Chart(app, cloud);
      for (const [index, object] of cloudObjects(cloud, cluster).entries()) {
        new ApiObject(chart, `object-${index}`, object as never);
      }
    }
    app.synth();
  }
});
