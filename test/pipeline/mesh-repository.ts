import process from "node:process";
import { enroll, synth } from "../../src/pipeline.ts";
import { TestFleet } from "./fleet.ts";
import { TestRepository } from "./repository.ts";

/**
 * A repository whose cloud `shop` has a mesh in `m1` and `m2`, rendered, and with its trust in `.lcloud`. An operator
 * installs the control planes, so that no chart is needed.
 */
export async function meshRepository(): Promise<TestRepository> {
  const repository = await TestRepository.create("");
  const index = new URL("../../src/index.ts", import.meta.url).href;
  await repository.write(
    "clouds/main.ts",
    `import { defineFleet, FleetApp, LogicalCloud } from ${JSON.stringify(index)};
const cluster = { kubernetes: "1.37", identity: "x509", requesters: [], mesh: { installer: "sail" } };
const app = new FleetApp({ fleet: defineFleet({ mesh: { cni: true }, clusters: { m1: cluster, m2: cluster } }) });
new LogicalCloud(app, "shop", { namespaces: ["shop"], permissions: {}, users: {}, mesh: { mode: "dedicated" } });
app.synth();
`,
  );
  const { options } = new TestFleet(repository);
  await enroll({ ...options(), env: process.env });
  await synth(options());
  return repository;
}
