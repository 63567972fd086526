import { agentDriftOf, isMarkOf, unitMarkOf } from "../engine/owner-marks.ts";
import { engineUnitOf } from "../engine/units.ts";
import type { Engine } from "../model/delivery.ts";
import type { Inventory } from "../model/inventory.ts";
import type { LiveManifest, Manifest } from "../model/manifest.ts";
import { driftOf } from "../model/owned-fields.ts";
import { describeAgent, describeOwner, isLabelledFor, isOurs } from "../model/owner.ts";
import { refKey, refOf } from "../model/ref.ts";
import { isShared } from "../model/shared-objects.ts";
import type { RenderedUnit } from "../rendered/rendered-cluster.ts";

/** Who writes the objects of a unit, for whoever looks at them. */
export interface UnitWriter {
  /** Whose an object is; undefined if it is the unit's. */
  readonly foreignOwner: (live: LiveManifest) => string | undefined;
  /** Paths of fields that this writer would change. */
  readonly driftOf: (manifest: Manifest, live: LiveManifest) => readonly string[];
}

/**
 * Direct delivery.
 *
 * @param cloud - Absent for what several clouds share.
 * @param inventory - What the last delivery remembers of the unit.
 */
export function directWriter(cloud: string | undefined, inventory: Inventory | undefined): UnitWriter {
  const uids = new Map(inventory?.entries.map(({ ref, uid }) => [refKey(ref), uid]));
  return {
    foreignOwner: (live) =>
      isShared(refOf(live), cloud) || isOurs(live, cloud, uids.get(refKey(refOf(live))))
        ? undefined
        : describeOwner(live),
    driftOf: (manifest, live) => driftOf(manifest, live),
  };
}

/**
 * An agent: what it has is marked with its unit, and what it has not marked yet must have our labels, unless it is shared.
 * One whose mark is another unit's is foreign even then: of two units of one agent, each drops what the other one has.
 */
export function agentWriter(engine: Engine, { name, cloud }: Pick<RenderedUnit, "name" | "cloud">): UnitWriter {
  const unit = engineUnitOf(engine, name);
  return {
    foreignOwner: (live) => {
      const mark = unitMarkOf(live);
      const isFree = isShared(refOf(live), cloud) || isLabelledFor(live, cloud);
      if (mark === undefined) return isFree ? undefined : describeOwner(live);
      return isMarkOf(mark, engine, unit) ? undefined : describeAgent(live.metadata);
    },
    driftOf: (manifest, live) => agentDriftOf(engine.kind, manifest, live),
  };
}
