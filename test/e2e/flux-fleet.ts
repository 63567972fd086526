import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { LiveManifest } from "../../src/model/manifest.ts";
import type { Ref } from "../../src/model/ref.ts";
import { startFlux } from "../lab/flux.ts";
import { type ServedRepository, startGitServer } from "../lab/git-server.ts";
import { waitFor } from "../lab/wait.ts";
import { CLUSTERS, type ClusterName, type ExampleFleet, startExampleFleet } from "./example-fleet.ts";
import { type Outcome, outputOf, run } from "./run.ts";

/** The example fleet, whose clusters have the real kustomize-controller and pull from a git server. */
export interface FluxFleet extends ExampleFleet {
  /** Where it is delivered to. */
  readonly repository: ServedRepository;
  /** Change a file of clouds/. @throws Error where it does not have what is replaced. */
  edit(file: string, before: string | RegExp, after: string): Promise<void>;
  /** Run a script with `lcloud` and `kubectl` on its PATH, as the administrator. */
  shell(script: string): Promise<Outcome>;
  /** An object of a cluster; undefined where there is none. */
  read(cluster: ClusterName, ref: Ref): Promise<LiveManifest | undefined>;
  /** Have the agent look at a unit, as `flux reconcile` does, and wait until it has. */
  reconcile(cluster: ClusterName, unit: string): Promise<void>;
}

/** The agent's object of a unit. */
export const unitRef = (name: string): Ref => ({
  apiVersion: "kustomize.toolkit.fluxcd.io/v1",
  kind: "Kustomization",
  namespace: "flux-system",
  name,
});

/** What `lcloud bootstrap` prints is applied; nothing is delivered yet. */
export async function startFluxFleet(): Promise<FluxFleet> {
  await using started = new AsyncDisposableStack();
  const server = started.use(await startGitServer());
  const repository = await server.createRepository("fleet");
  const fleet = started.use(await startExampleFleet({ git: { repository: repository.url, engine: "flux" } }));
  const { folder, lab } = fleet;
  for (const name of CLUSTERS) started.use(await startFlux(lab.clusters[name]));
  const env = { ...process.env, KUBECONFIG: lab.kubeconfig };
  const shell = (script: string): Promise<Outcome> => run("sh", ["-euc", script], { cwd: folder, env });
  outputOf(await fleet.lcloud("enroll"));
  outputOf(await fleet.lcloud("synth"));
  for (const name of CLUSTERS) {
    outputOf(await shell(`lcloud bootstrap ${name} | kubectl --context ${name} apply --server-side -f -`));
  }
  const read: FluxFleet["read"] = async (cluster, ref) => {
    const api = await fleet.admin(cluster);
    const found = await api.get(ref);
    api.close();
    return found;
  };
  const stack = started.move();
  return {
    ...fleet,
    repository,
    shell,
    read,
    edit: async (file, before, after) => {
      const path = join(folder, "clouds", file);
      const text = await readFile(path, "utf8");
      const changed = text.replace(before, () => after);
      if (changed === text) throw new Error(`clouds/${file} has no ${before}`);
      await writeFile(path, changed);
    },
    reconcile: async (cluster, unit) => {
      const now = String(Date.now());
      const kubectl = `kubectl --context ${cluster} --namespace flux-system`;
      outputOf(
        await shell(`${kubectl} annotate --overwrite kustomization ${unit} reconcile.fluxcd.io/requestedAt=${now}`),
      );
      await waitFor(`${unit} of ${cluster} is reconciled`, async () => {
        const status = (await read(cluster, unitRef(unit)))?.["status"] as
          | { lastHandledReconcileAt?: string }
          | undefined;
        return status?.lastHandledReconcileAt === now || undefined;
      });
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
