import { isChartName } from "../engine/charts.ts";
import { isFinalFailure } from "../engine/final-failure.ts";
import { engineMissing, type LiveUnit, readLiveUnit, unitKindOf } from "../engine/live-unit.ts";
import { leavesObjects } from "../engine/living-units.ts";
import { engineManifests } from "../engine/manifests.ts";
import { isUnhealthy } from "../engine/unhealthy.ts";
import { displacedField } from "../engine/unit-place.ts";
import { type EngineUnit, engineUnits } from "../engine/units.ts";
import type { KubeApi } from "../kube-api/kube-api.ts";
import { istiodRelease } from "../mesh/charts.ts";
import type { PulledDelivery } from "../model/delivery.ts";
import { CloudError } from "../model/error.ts";
import { MANAGED_BY, MANAGED_BY_LABEL } from "../model/labels.ts";
import type { Manifest } from "../model/manifest.ts";
import { cloudOfGatewayUnit, GATEWAYS_UNIT, isPartOf, isUnitName, MESHES_UNIT } from "../model/units.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";

/**
 * What a unit has at a revision (a commit id, or a digest as in `sha256:…`).
 *
 * - `ours`: what dist/ has
 * - `other`: something else, and the latest revision has what dist/ has
 * - `superseded`: something else, and so has the latest revision by now: an agent will not come to ours
 */
export type HeldContents = "ours" | "other" | "superseded";

/** Tells what a revision has of a unit. */
export type ReadHeld = (revision: string, unit: string) => Promise<HeldContents>;

/**
 * How far an agent is with a unit.
 *
 * - `applied`: the cluster has what dist/ has
 * - `pending`: not yet
 * - `failing`: it has tried what dist/ has, in vain, and tries again
 * - `failed`: it has tried what dist/ has, or rests, and nothing will happen by itself
 * - `superseded`: it pulls something newer, which is not what dist/ has
 */
export interface UnitProgress {
  readonly unit: string;
  readonly state: "applied" | "pending" | "failing" | "failed" | "superseded";
  /** In the agent's words, or why there are none; empty once it is applied. */
  readonly message: string;
}

/** One look at all units of a cluster, and at those that are gone from dist/: what they hold is still there. */
export async function lookAtUnits(
  api: KubeApi,
  cluster: RenderedCluster,
  delivery: PulledDelivery,
  readHeld: ReadHeld,
): Promise<readonly UnitProgress[]> {
  const units = cluster.units.map(({ name }) => name);
  const charts = cluster.charts ?? [];
  const manifests = engineManifests(delivery, cluster.file.name, { units, manifests: [], charts });
  const live = await listUnits(api, delivery, manifests);
  const wanted = engineUnits(delivery.engine, units);
  const isWanted = (name: string): boolean => [...wanted, ...charts].some((each) => each.name === name);
  const leaving = [...live.keys()].filter((name) => (isUnitName(name) || isChartName(name)) && !isWanted(name));
  const seen = await Promise.all(
    wanted.map(async ({ name }) => ({
      unit: name,
      ...(await progressOf(delivery, live.get(name), (revision) => readHeld(revision, name))),
    })),
  );
  const installed = charts.map(({ name }) => ({ unit: name, ...chartProgress(live.get(name)) }));
  return [
    ...[...seen, ...installed].map((progress) => patiently(progress, [...seen, ...installed], wanted)),
    ...leaving.map((unit) => ({ unit, state: "pending", message: LEAVING }) as const),
  ];
}

/** What comes before a unit it needs: as long as that is not there, it has not failed by itself. */
function patiently(progress: UnitProgress, all: readonly UnitProgress[], units: readonly EngineUnit[]): UnitProgress {
  const { unit, state, message } = progress;
  if (state !== "failing") return progress;
  const cloud = cloudOfGatewayUnit(unit);
  const charts = unit === GATEWAYS_UNIT ? all.map((each) => each.unit).filter(isChartName) : [];
  const own = cloud === undefined ? charts : [istiodRelease(cloud)];
  const needed = [...(units.find(({ name }) => name === unit)?.dependsOn ?? []), ...own];
  const [missing] = all.filter((each) => needed.includes(each.unit) && each.state !== "applied");
  return missing === undefined
    ? progress
    : { unit, state: "pending", message: `waits for ${missing.unit}: ${message}` };
}

/** A chart is not in the repository: its Application says all. */
function chartProgress(live: ListedUnit | undefined): Omit<UnitProgress, "unit"> {
  if (live === undefined) return { state: "pending", message: "the agent does not have it yet" };
  const { state, message, displaced, isFinal } = live;
  if (displaced !== undefined) return { state: "pending", message: displaced };
  if (state === "applied") return { state, message: "" };
  if (state === "failed") return { state: isFinal ? "failed" : "failing", message };
  return { state: "pending", message };
}

const LEAVING = "it is gone from dist/, and the agent still has it";

async function progressOf(
  { engine }: PulledDelivery,
  live: ListedUnit | undefined,
  readHeld: (revision: string) => Promise<HeldContents>,
): Promise<Omit<UnitProgress, "unit">> {
  if (live === undefined) return { state: "pending", message: "the agent does not have it yet" };
  const { state, revision, message } = live;
  if (state === "suspended") return { state: "failed", message: `${message}; resume it` };
  if (live.displaced !== undefined) return { state: "pending", message: live.displaced };
  const held = revision === undefined ? "other" : await readHeld(revision);
  if (held === "superseded") return { state: "superseded", message: `is at ${revision}` };
  const isOurs = held === "ours";
  if (state === "applied" && isOurs) {
    const isWaitedFor = engine.release === true && !live.isReleased;
    return isWaitedFor ? { state: "pending", message: UNRELEASED } : { state: "applied", message: "" };
  }
  // what has a control plane in it waits for post-sync to bring its authority
  if (state === "failed" && isOurs && !live.isWaiting) return { state: live.isFinal ? "failed" : "failing", message };
  return { state: "pending", message: message || `is at ${revision ?? "no revision"}` };
}

const isOfMesh = (unit: string): boolean =>
  isPartOf(MESHES_UNIT, unit) || isPartOf(GATEWAYS_UNIT, unit) || unit === MESHES_UNIT || unit === GATEWAYS_UNIT;

const UNRELEASED = "the agent would still take along what it holds";

interface ListedUnit extends LiveUnit {
  /** By what it reads or writes elsewhere than dist/ says; undefined where it does not. */
  readonly displaced: string | undefined;
  readonly isReleased: boolean;
  /** Where it has failed: whether it will again. */
  readonly isFinal: boolean;
  /** Where it has failed: whether nothing is wrong but that a control plane, or what needs one, does not run yet. */
  readonly isWaiting: boolean;
}

/** Its root may be of before. */
const displacement = (field: string, cluster: string): string =>
  `${field} is not as in dist/; if that stays, apply what lcloud bootstrap ${cluster} prints`;

/** @param manifests - As dist/ has them, by name. */
async function listUnits(
  api: KubeApi,
  { engine }: PulledDelivery,
  manifests: ReadonlyMap<string, Manifest>,
): Promise<ReadonlyMap<string, ListedUnit>> {
  const options = { namespace: engine.namespace, labelSelector: `${MANAGED_BY_LABEL}=${MANAGED_BY}` };
  try {
    const found = await api.list(unitKindOf(engine.kind), options);
    return new Map(
      found.map((live) => {
        const rendered = manifests.get(live.metadata.name);
        const field = rendered && displacedField(engine.kind, rendered, live);
        const displaced = field && displacement(field, api.cluster);
        const unit = {
          ...readLiveUnit(engine, live),
          displaced,
          isReleased: leavesObjects(engine.kind, live),
          isFinal: isFinalFailure(engine.kind, live),
          isWaiting: isOfMesh(live.metadata.name) && isUnhealthy(engine.kind, live),
        };
        return [live.metadata.name, unit];
      }),
    );
  } catch (cause) {
    throw cause instanceof CloudError && cause.code === "NOT_FOUND" ? engineMissing(engine, api.cluster, cause) : cause;
  }
}
