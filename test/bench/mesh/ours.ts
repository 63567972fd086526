import { openMeshStore } from "../../../src/keys/mesh-store.ts";
import { measure } from "./measure.ts";

/** As `lcloud enroll` and post-sync do it, up to the files. */
await measure(async (clouds, folder) => {
  const store = await openMeshStore(folder);
  await Promise.all(
    clouds.map(async ({ name, clusters }) =>
      store.ensureTrust({
        cloud: name,
        clusters: clusters.map((cluster) => ({ cluster, trustDomain: `${name}.mesh`, nameConstraints: true })),
        now: new Date(),
        renew: "due",
      }),
    ),
  );
});
