import { enrollMeshes } from "../../../src/pipeline/enroll-meshes.ts";
import { measure } from "./measure.ts";

/** As `lcloud enroll` does it, from what synth has written up to what it prints: a few clouds side by side. */
await measure(async (clouds, folder) => {
  const meshes = clouds.flatMap(({ name, clusters }) =>
    clusters.map((cluster) => ({
      ...{ cloud: name, cluster, trustDomain: `${name}.mesh`, nameConstraints: true },
      trust: "post-sync" as const,
    })),
  );
  const { failures } = await enrollMeshes(meshes, { folder, state: folder });
  if (failures.length > 0) throw new Error(JSON.stringify(failures));
});
