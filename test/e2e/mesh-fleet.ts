import { type ChildProcessByStdio, spawn } from "node:child_process";
import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { connectKubeApi } from "../../src/kube-api/connect.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import { labBinary } from "../lab/binaries.ts";
import { type ChartRepository, startChartRepository } from "../lab/chart-repository.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { createDemoRepository } from "../lab/demo-repository.ts";
import { type Istiods, startIstiods } from "../lab/istio.ts";
import { type Outcome, run } from "./run.ts";

export const MESH_CLUSTERS = ["m1", "m2"] as const;
export const MESH_CLOUDS = ["shop", "bank"] as const;

export type MeshCluster = (typeof MESH_CLUSTERS)[number];
export type MeshCloud = (typeof MESH_CLOUDS)[number];

/** Two real clusters whose clouds have meshes, with a real istiod for each cloud on each; nothing is delivered. */
export interface MeshFleet<N extends string = MeshCloud> extends AsyncDisposable {
  readonly folder: string;
  readonly lab: Lab<MeshCluster>;
  readonly charts: ChartRepository;
  readonly apis: Readonly<Record<MeshCluster, KubeApi>>;
  readonly istiods: Readonly<Record<MeshCluster, Istiods<N>>>;
  /** @param clouds - Properties of each cloud, as they are written. */
  write(clouds: Readonly<Record<string, string>>): Promise<void>;
  lcloud(...args: readonly string[]): Promise<Outcome>;
  /** A run that whoever starts it may end; its output is read by him. */
  start(args: readonly string[], env?: Readonly<Record<string, string>>): Started;
}

export type Started = ChildProcessByStdio<null, Readable, Readable>;

/** @param clouds - Those that have meshes, on whichever of the clusters. @default {@link MESH_CLOUDS} */
export function startMeshFleet(): Promise<MeshFleet>;
export function startMeshFleet<const N extends string>(clouds: readonly N[]): Promise<MeshFleet<N>>;
export async function startMeshFleet(clouds: readonly string[] = MESH_CLOUDS): Promise<MeshFleet<string>> {
  await using started = new AsyncDisposableStack();
  const charts = started.use(await startChartRepository({ "1.31.1": "1.31" }));
  const lab = started.use(await startLab(MESH_CLUSTERS.map((name) => ({ name }))));
  const { folder, bin, remove } = await createDemoRepository({ kubectl: lab.kubectl });
  started.defer(remove);
  await symlink(await labBinary("helm"), join(bin, "helm"));
  const connect = async (cluster: MeshCluster): Promise<KubeApi> => {
    const api = await connectKubeApi({ cluster, kubeconfig: lab.kubeconfig, context: cluster });
    started.defer(() => api.close());
    return api;
  };
  const follow = async (cluster: MeshCluster): Promise<Istiods> =>
    started.use(await startIstiods(lab.clusters[cluster], clouds, { env: { ENABLE_DEBUG_ON_HTTP: "true" } }));
  const apis = { m1: await connect("m1"), m2: await connect("m2") };
  const istiods = { m1: await follow("m1"), m2: await follow("m2") };
  const env = { ...process.env, ...charts.env, PATH: `${bin}:${process.env["PATH"]}`, KUBECONFIG: lab.kubeconfig };
  const stack = started.move();
  return {
    ...{ folder, lab, charts, apis, istiods },
    write: (props) => writeFile(join(folder, "clouds", "main.ts"), mainFile(charts.url, props)),
    lcloud: (...args) => run(join(bin, "lcloud"), args, { cwd: folder, env }),
    start: (args, more = {}) => {
      const options = { cwd: folder, env: { ...env, ...more } };
      return spawn(join(bin, "lcloud"), args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

const mainFile = (charts: string, clouds: Readonly<Record<string, string>>): string => `
import { defineFleet, FleetApp, LogicalCloud } from "logical-clouds";
const cluster = { kubernetes: "1.37", identity: "x509", requesters: [] };
const fleet = defineFleet({
  mesh: { cni: true, chartRepository: "${charts}" },
  clusters: { ${MESH_CLUSTERS.map((name) => `${name}: cluster`).join(", ")} },
});
const app = new FleetApp({ fleet });
${Object.entries(clouds)
  .map(([name, props]) => `new LogicalCloud(app, "${name}", { permissions: {}, users: {}, ${props} });`)
  .join("\n")}
app.synth();
`;
