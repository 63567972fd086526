import type { AccessChange, Risk } from "../../model/diff.ts";
import type { RenderedCluster } from "../../rendered/rendered-cluster.ts";
import { type Right, rightsOf } from "./rights.ts";
import { byRisk, riskOf } from "./risk.ts";

type ClusterChange = Omit<AccessChange, "clusters">;

/**
 * What subjects gain and lose on a cluster.
 *
 * @param clouds - Whose objects differ.
 */
export function diffAccess(
  base: RenderedCluster | undefined,
  head: RenderedCluster | undefined,
  clouds: ReadonlySet<string>,
): readonly ClusterChange[] {
  const [before, after] = [rightsOf(base, clouds), rightsOf(head, clouds)];
  const gained = [...after].flatMap(([key, right]) => (before.has(key) ? [] : [right]));
  const lost = [...before].flatMap(([key, right]) => (after.has(key) ? [] : [right]));
  return [...summarize("gained", gained), ...summarize("lost", lost)];
}

/** Resources with the same verbs in one line, for each subject and scope. */
function summarize(action: AccessChange["action"], rights: readonly Right[]): readonly ClusterChange[] {
  const bySubject = new Map<string, Right[]>();
  for (const right of rights) {
    const key = [right.cloud, right.subject, right.scope].join("\n");
    const group = bySubject.get(key) ?? [];
    bySubject.set(key, group);
    group.push(right);
  }
  return [...bySubject.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { cloud, subject, scope } = first;
    return linesOf(group).map(({ right, risk }) => ({ action, cloud, subject, scope, right, risk }));
  });
}

interface Line {
  readonly right: string;
  readonly risk: Risk;
}

function linesOf(rights: readonly Right[]): readonly Line[] {
  const roles = rights.filter(({ verb }) => verb === undefined);
  const byResource = groupBy(
    rights.filter(({ verb }) => verb !== undefined),
    ({ what }) => what,
  );
  const byVerbs = groupBy([...byResource.values()], (ofResource) =>
    ofResource
      .map(({ verb = "" }) => verb)
      .sort()
      .join(", "),
  );
  return [
    ...roles.map((right) => ({ right: `all that ClusterRole ${right.what} allows`, risk: riskOf(right) })),
    ...[...byVerbs].map(([verbs, resources]) => ({
      right: `${verbs} ${resources
        .flatMap(([first]) => first?.what ?? [])
        .sort()
        .join(", ")}`,
      risk: resources.flat().map(riskOf).sort(byRisk)[0] ?? "low",
    })),
  ];
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item)) ?? [];
    groups.set(keyOf(item), group);
    group.push(item);
  }
  return groups;
}
