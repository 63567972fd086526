import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connectKubeApi } from "../../src/kube-api/connect.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import { type LabCluster, startLab } from "../lab/clusters.ts";
import { createDemoRepository } from "../lab/demo-repository.ts";
import { type Outcome, run } from "./run.ts";

/** A repository whose clouds a test writes, beside one real cluster, `main`. */
export interface SmallFleet extends AsyncDisposable {
  readonly folder: string;
  readonly cluster: LabCluster;
  readonly admin: KubeApi;
  /**
   * @param clouds - Statements of clouds/main.ts between the making of `app` and `app.synth()`.
   * @param requesters - Who may request certificates; default: whoever approves.
   * @param properties - Further properties of the cluster, as they are written.
   */
  write(clouds: string, requesters?: readonly string[], properties?: string): Promise<void>;
  /** Run a script with `lcloud` and `kubectl` on its PATH, as the administrator. */
  shell(script: string): Promise<Outcome>;
  lcloud(...args: readonly string[]): Promise<Outcome>;
  /** As {@link lcloud}, by another kubeconfig than the administrator's. */
  lcloudAs(kubeconfig: string, ...args: readonly string[]): Promise<Outcome>;
  as(cloud: string, user: string): Promise<KubeApi>;
}

export async function startSmallFleet(): Promise<SmallFleet> {
  await using started = new AsyncDisposableStack();
  const lab = started.use(await startLab([{ name: "main", audit: true }]));
  const { folder, bin, remove } = await createDemoRepository({ kubectl: lab.kubectl });
  started.defer(remove);
  const cluster = lab.clusters.main;
  const admin = await connectKubeApi({ cluster: "main", kubeconfig: cluster.kubeconfig, context: "main" });
  started.defer(() => admin.close());
  const lcloudAs = (kubeconfig: string, ...args: readonly string[]): Promise<Outcome> =>
    run(join(bin, "lcloud"), args, { cwd: folder, env: { ...process.env, KUBECONFIG: kubeconfig } });
  const stack = started.move();
  return {
    folder,
    cluster,
    admin,
    write: (clouds, requesters = [], properties = "") =>
      writeFile(join(folder, "clouds", "main.ts"), mainFile(clouds, requesters, properties)),
    shell: (script) => {
      const { PATH } = process.env;
      const env = { ...process.env, PATH: `${bin}:${PATH}`, KUBECONFIG: cluster.kubeconfig };
      return run("sh", ["-euc", script], { cwd: folder, env });
    },
    lcloud: (...args) => lcloudAs(cluster.kubeconfig, ...args),
    lcloudAs,
    as: (cloud, user) => {
      const kubeconfig = join(folder, ".lcloud", "kubeconfigs", cloud, `${user}.yaml`);
      return connectKubeApi({ cluster: "main", kubeconfig, context: `${user}@${cloud}.main` });
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

const mainFile = (clouds: string, requesters: readonly string[], properties: string): string => `
import { defineFleet, FleetApp, LogicalCloud } from "logical-clouds";
const fleet = defineFleet({ clusters: {
  main: { kubernetes: "1.33", identity: "x509", requesters: ${JSON.stringify(requesters)}, ${properties} },
} });
const app = new FleetApp({ fleet });
${clouds}
app.synth();
`;
