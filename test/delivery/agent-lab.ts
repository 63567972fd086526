import { argoBootstrap } from "../../src/engine/argocd.ts";
import { fluxBootstrap } from "../../src/engine/flux.ts";
import { unitKindOf } from "../../src/engine/live-unit.ts";
import { engineManifests } from "../../src/engine/manifests.ts";
import { keepNamespace, letNamespaceGo } from "../../src/engine/protection.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import { clusterMarker } from "../../src/model/cluster-marker.ts";
import { type GitDelivery, isArgoDelivery, type PulledDelivery } from "../../src/model/delivery.ts";
import { TERMINATING_ANNOTATION } from "../../src/model/labels.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { CLUSTER_UNIT, cloudOfGatewayUnit, cloudOfMeshUnit } from "../../src/model/units.ts";
import type { ReadHeld, UnitProgress } from "../../src/post-sync/look-at-units.ts";
import { waitForUnits } from "../../src/post-sync/wait-for-units.ts";
import { formatManifest, formatManifests } from "../../src/rendered/format-yaml.ts";
import { layout } from "../../src/rendered/layout.ts";
import type { RenderedCluster, RenderedUnit } from "../../src/rendered/rendered-cluster.ts";
import { type ArgoCd, startArgoCd } from "../lab/argocd.ts";
import type { LabCluster } from "../lab/cluster.ts";
import { type Flux, startFlux } from "../lab/flux.ts";
import type { ServedRepository } from "../lab/git-server.ts";

/** A real agent of one cluster, and the repository that it pulls from. */
export class LabAgent implements AsyncDisposable {
  readonly delivery: GitDelivery;
  readonly #process: Flux | ArgoCd;
  readonly #api: KubeApi;
  readonly #repository: ServedRepository;

  private constructor(process: Flux | ArgoCd, api: KubeApi, repository: ServedRepository, unit: "cloud" | "cluster") {
    this.#process = process;
    this.#api = api;
    this.#repository = repository;
    const { url } = repository;
    const place = { kind: "git", repository: url, pullUrl: url, branch: "main", path: "clusters" } as const;
    const { namespace } = process;
    this.delivery =
      "server" in process
        ? { ...place, engine: { kind: "argocd", namespace, unit, server: process.server } }
        : { ...place, engine: { kind: "flux", namespace, unit } };
  }

  static async start(
    kind: "flux" | "argocd",
    cluster: LabCluster,
    api: KubeApi,
    repository: ServedRepository,
    unit: "cloud" | "cluster" = "cloud",
  ): Promise<LabAgent> {
    return new LabAgent(await (kind === "flux" ? startFlux : startArgoCd)(cluster), api, repository, unit);
  }

  /** The cluster as synthesis renders it for the agent. @param release - Whether units leave behind what they hold. */
  pulled(dist: RenderedCluster, { release = false } = {}): RenderedCluster {
    const { delivery } = this;
    const released = (
      release ? { ...delivery, engine: { ...delivery.engine, release: true } } : delivery
    ) as GitDelivery;
    const { kind } = delivery.engine;
    const annotationsOf = ({ metadata: { annotations } }: Manifest) =>
      annotations?.[TERMINATING_ANNOTATION] === undefined
        ? keepNamespace(kind)
        : { ...annotations, ...letNamespaceGo(kind) };
    const keep = (manifest: Manifest): Manifest =>
      ["Namespace", "CustomResourceDefinition"].includes(manifest.kind)
        ? { ...manifest, metadata: { ...manifest.metadata, annotations: annotationsOf(manifest) } }
        : manifest;
    const units = dist.units.map((unit) => ({
      ...unit,
      manifests: [
        ...(unit.name === CLUSTER_UNIT ? [clusterMarker(dist.file.name)] : []),
        // the namespace of a mesh goes with it
        ...(cloudOfMeshUnit(unit.name) === undefined ? unit.manifests.map(keep) : unit.manifests),
      ],
    }));
    return { ...dist, file: { ...dist.file, delivery: released }, units };
  }

  /** What an operator applies once, as `lcloud bootstrap` prints it. */
  bootstrap({ file: { name } }: RenderedCluster): readonly Manifest[] {
    const { delivery } = this;
    return isArgoDelivery(delivery) ? argoBootstrap(delivery, name) : fluxBootstrap(delivery, name);
  }

  /** Commit what is rendered, and wait for the agent as long as that promises something. */
  async offer(
    cluster: RenderedCluster,
    onProgress?: (units: readonly UnitProgress[]) => void,
  ): Promise<readonly UnitProgress[]> {
    const { delivery } = cluster.file;
    if (delivery.kind !== "git") throw new TypeError("the agent pulls by git");
    const files = filesOf(cluster, delivery);
    const before = Object.keys(await this.#repository.files());
    const gone = before.filter((path) => path.startsWith(`clusters/${cluster.file.name}/`) && !(path in files));
    const removed = Object.fromEntries(gone.map((path) => [path, undefined]));
    const tip = await this.#repository.commit({ ...files, ...removed });
    const readHeld: ReadHeld = async (revision) => (revision === tip ? "ours" : "other");
    const options = { timeoutMs: 180_000, ...(onProgress === undefined ? {} : { onProgress }) };
    return waitForUnits(this.#api, cluster, delivery, readHeld, options);
  }

  /** The same, until the agent has applied it. */
  async deliver(cluster: RenderedCluster): Promise<void> {
    const { delivery } = cluster.file;
    if (delivery.kind !== "git") throw new TypeError("the agent pulls by git");
    const units = await this.offer(cluster);
    const late = units.filter(({ state }) => state !== "applied");
    if (late.length === 0) return;
    const root = await this.#api.list(unitKindOf(delivery.engine.kind));
    throw new Error(JSON.stringify(root.map(({ metadata: { name }, status }) => ({ name, status }))));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop();
  }
}

function filesOf({ file: { name }, units }: RenderedCluster, delivery: PulledDelivery): Record<string, string> {
  const engine = engineManifests(delivery, name, {
    units: units.map((unit) => unit.name),
    manifests: units.filter((unit) => unit.name !== CLUSTER_UNIT).flatMap(({ manifests }) => manifests),
  });
  const files: Record<string, string> = {};
  for (const unit of units) files[pathOf(name, unit)] = formatManifests(unit.manifests);
  for (const [file, manifest] of engine) {
    files[layout.engineFile(name, delivery.engine.kind, file)] = formatManifest(manifest);
  }
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [`clusters/${path}`, text]));
}

function pathOf(cluster: string, { name: unit, cloud }: RenderedUnit): string {
  if (cloud === undefined) return unit === CLUSTER_UNIT ? layout.shared(cluster) : layout.platform(cluster);
  if (cloudOfMeshUnit(unit) !== undefined) return layout.mesh(cluster, cloud);
  return (cloudOfGatewayUnit(unit) === undefined ? layout.cloud : layout.gateway)(cluster, cloud);
}
