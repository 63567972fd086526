import { engineUnitOf } from "../engine/units.ts";
import type { KubeApi } from "../kube-api/kube-api.ts";
import type { Failure } from "../model/change.ts";
import type { PulledDelivery } from "../model/delivery.ts";
import { cloudOfUnit, cloudUnit } from "../model/units.ts";
import { type Bound, describeBound, findBound, formatUnlisted } from "../post-sync/find-bound.ts";
import type { DescribeSubject } from "../post-sync/key-owners.ts";
import type { UnitProgress } from "../post-sync/look-at-units.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import { cloudsOf, formatPlace } from "./held-revisions.ts";

/** How units were waited for. */
export interface UnitWait {
  readonly delivery: PulledDelivery;
  readonly describe: DescribeSubject;
  /** Milliseconds */
  readonly waitMs: number;
}

/** Why a unit is not applied, and whose access that leaves as it was. */
export async function explainUnit(
  api: KubeApi,
  cluster: RenderedCluster,
  progress: UnitProgress,
  { delivery, describe, waitMs }: UnitWait,
): Promise<Failure> {
  const { unit } = progress;
  const named = cloudOfUnit(unit);
  const clouds =
    named === undefined
      ? cloudsOf(cluster).filter((cloud) => engineUnitOf(delivery.engine, cloudUnit(cloud)) === unit)
      : [named];
  const bindings = await Promise.all(clouds.map((cloud) => findBound(api, cluster, cloud)));
  const bound = await describeAll(
    bindings.flatMap((each) => each.bound),
    describe,
  );
  const unlisted = [...new Set(bindings.flatMap((each) => each.unlisted.map(({ kind }) => kind)))];
  const access = [
    ...(bound.length === 0 ? [] : [`access not yet withdrawn: ${bound.join(", ")}`]),
    ...(unlisted.length === 0 ? [] : [formatUnlisted(unlisted)]),
  ];
  const { code, what } = reasonOf(progress, formatPlace(cluster.file.name, delivery), waitMs);
  return { code, message: [`${unit} ${what}`, ...access].join("; ") };
}

/** Who has access by bindings, each as in `RoleBinding/shop/lc:shop:edit (lc:shop:ben)`. */
export const describeAll = (bound: readonly Bound[], describe: DescribeSubject): Promise<readonly string[]> =>
  Promise.all(bound.map((each) => describeBound(each, describe)));

function reasonOf(
  { state, message }: UnitProgress,
  place: string,
  waitMs: number,
): Pick<Failure, "code"> & { readonly what: string } {
  const time = `after ${waitMs / 1000} s`;
  switch (state) {
    case "failed":
      return { code: "UNIT_FAILED", what: `could not be applied: ${message}` };
    case "failing":
      return { code: "UNIT_FAILED", what: `could not be applied ${time}, and the agent tries again: ${message}` };
    case "superseded": {
      const remedy = "check out what was delivered, or run lcloud sync";
      return { code: "NOT_DELIVERED", what: `${message}, and ${place} no longer holds what dist/ does; ${remedy}` };
    }
    default:
      return { code: "UNIT_PENDING", what: `is not applied ${time}: ${message}` };
  }
}
