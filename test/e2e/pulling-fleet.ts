import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { LiveManifest } from "../../src/model/manifest.ts";
import type { Ref } from "../../src/model/ref.ts";
import type { LabCluster } from "../lab/clusters.ts";
import { type ServedRepository, startGitServer } from "../lab/git-server.ts";
import { type ClusterName, type ExampleFleet, startExampleFleet } from "./example-fleet.ts";
import { type Outcome, outputOf, run } from "./run.ts";

/** The example fleet, whose clusters have an agent that pulls from a git server. */
export interface PullingFleet extends ExampleFleet {
  /** Where it is delivered to. */
  readonly repository: ServedRepository;
  /** Change a file of clouds/. @throws Error where it does not have what is replaced. */
  edit(file: string, before: string | RegExp, after: string): Promise<void>;
  /** Run a script with `lcloud` and `kubectl` on its PATH, as the administrator. */
  shell(script: string): Promise<Outcome>;
  /** An object of a cluster; undefined where there is none. */
  read(cluster: ClusterName, ref: Ref): Promise<LiveManifest | undefined>;
}

/**
 * What `lcloud bootstrap` prints is applied; nothing is delivered yet.
 *
 * @param names - Its clusters; the fleet has no others.
 */
export async function startPullingFleet(
  engine: "flux" | "argocd",
  names: readonly ClusterName[],
  startAgent: (cluster: LabCluster) => Promise<AsyncDisposable>,
): Promise<PullingFleet> {
  await using started = new AsyncDisposableStack();
  const server = started.use(await startGitServer());
  const repository = await server.createRepository("fleet");
  const fleet = started.use(await startExampleFleet({ git: { repository: repository.url, engine } }, names));
  const { folder, lab } = fleet;
  for (const name of names) started.use(await startAgent(lab.clusters[name]));
  const env = { ...process.env, KUBECONFIG: lab.kubeconfig };
  const shell = (script: string): Promise<Outcome> => run("sh", ["-euc", script], { cwd: folder, env });
  outputOf(await fleet.lcloud("enroll"));
  outputOf(await fleet.lcloud("synth"));
  for (const name of names) {
    outputOf(await shell(`lcloud bootstrap ${name} | kubectl --context ${name} apply --server-side -f -`));
  }
  const stack = started.move();
  return {
    ...fleet,
    repository,
    shell,
    read: async (cluster, ref) => {
      const api = await fleet.admin(cluster);
      const found = await api.get(ref);
      api.close();
      return found;
    },
    edit: async (file, before, after) => {
      const path = join(folder, "clouds", file);
      const text = await readFile(path, "utf8");
      const changed = text.replace(before, () => after);
      if (changed === text) throw new Error(`clouds/${file} has no ${before}`);
      await writeFile(path, changed);
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
