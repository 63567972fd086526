import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startFlux } from "../lab/flux.ts";
import { type ServedRepository, startGitServer } from "../lab/git-server.ts";
import { outputOf } from "./run.ts";
import { type SmallFleet, startSmallFleet } from "./small-fleet.ts";

/** Many clouds in one real cluster that pulls by the real kustomize-controller. */
export interface ManyClouds extends SmallFleet {
  readonly repository: ServedRepository;
  /**
   * @param unit - What the agent reconciles by itself.
   * @param pods - Quota of the first cloud; the others have 9.
   */
  writeClouds(unit: "cloud" | "cluster", pods: number): Promise<void>;
}

export const COUNT = 200;

/** What `lcloud bootstrap` prints is applied, and nothing delivered. */
export async function startManyClouds(): Promise<ManyClouds> {
  await using started = new AsyncDisposableStack();
  const server = started.use(await startGitServer());
  const repository = await server.createRepository("fleet");
  const fleet = started.use(await startSmallFleet());
  started.use(await startFlux(fleet.cluster));
  const writeClouds: ManyClouds["writeClouds"] = (unit, pods) =>
    writeFile(
      join(fleet.folder, "clouds", "main.ts"),
      mainFile({ repository: repository.url, engine: "flux", unit }, pods),
    );
  await writeClouds("cloud", 9);
  outputOf(await fleet.lcloud("synth"));
  outputOf(await fleet.shell("lcloud bootstrap main | kubectl apply --server-side -f -"));
  const stack = started.move();
  return { ...fleet, repository, writeClouds, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** Each cloud has a user, and eight objects or so. */
const mainFile = (git: object, pods: number): string => `
import { defineFleet, FleetApp, LogicalCloud } from "logical-clouds";
const fleet = defineFleet({
  delivery: { git: ${JSON.stringify(git)} },
  clusters: { main: { kubernetes: "1.33", identity: "service-account" } },
});
const app = new FleetApp({ fleet });
for (let index = 0; index < ${COUNT}; index++)
  new LogicalCloud(app, \`c\${index}\`, {
    permissions: { edit: { clusterRole: "edit" }, look: { rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] } },
    users: { ana: ["edit", "look"] },
    quota: { pods: index === 0 ? ${pods} : 9 },
  });
app.synth();
`;
