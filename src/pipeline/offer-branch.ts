import type { GitDelivery, PulledDelivery } from "../model/delivery.ts";
import { repositoryPlace } from "../model/git-names.ts";

/**
 * The branch that offers a change of another one. Where a fleet has several branches of one repository, each is offered on
 * one of its own: a branch can be merged into one alone.
 *
 * @param name - As somebody has chosen it for all that is offered.
 * @param fleet - Of all clusters, delivered to now or not, so that it is the same in each run.
 * @returns As in `lcloud/delivery`, or `lcloud/delivery-env/prod` for `env/prod`.
 */
export function offerBranch(name: string, ours: GitDelivery, fleet: readonly PulledDelivery[]): string {
  const isBeside = (each: PulledDelivery): boolean =>
    each.kind === "git" && each.branch !== ours.branch && isSameRepository(each, ours);
  return fleet.some(isBeside) ? `${name}-${ours.branch}` : name;
}

function isSameRepository(one: GitDelivery, other: GitDelivery): boolean {
  const [first, second] = [repositoryPlace(one.repository), repositoryPlace(other.repository)];
  return first.server === second.server && first.path === second.path;
}
