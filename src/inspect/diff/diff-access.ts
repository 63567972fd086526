import type { AccessChange, Risk } from "../../model/diff.ts";
import type { RenderedCluster } from "../../rendered/rendered-cluster.ts";
import { formatRightObject, type Right, rightsBeyond, rightsOf } from "./rights.ts";
import { byRisk, riskOf } from "./risk.ts";

type ClusterChange = Omit<AccessChange, "clusters">;

/**
 * What subjects gain and lose on a cluster. What one still may by a wider rule, as by a wildcard, is not lost.
 *
 * @param clouds - Whose objects differ, or whose bindings name a role that does.
 */
export function diffAccess(
  base: RenderedCluster | undefined,
  head: RenderedCluster | undefined,
  clouds: ReadonlySet<string>,
): readonly ClusterChange[] {
  const [before, after] = [rightsOf(base, clouds), rightsOf(head, clouds)];
  return [...summarize("gained", rightsBeyond(after, before)), ...summarize("lost", rightsBeyond(before, after))];
}

/** Resources with the same verbs in one line, for each subject and scope. */
function summarize(action: AccessChange["action"], rights: readonly Right[]): readonly ClusterChange[] {
  const bySubject = groupBy(rights, ({ cloud = "", subject, scope }) => [cloud, subject, scope].join("\n"));
  return [...bySubject.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { cloud, subject, scope } = first;
    const place = { ...(cloud === undefined ? {} : { cloud }), subject, scope };
    return linesOf(group).map((line) => ({ action, ...place, ...line }));
  });
}

interface Line {
  readonly right: string;
  readonly risk: Risk;
}

function linesOf(rights: readonly Right[]): readonly Line[] {
  const roles = rights.filter(({ verb }) => verb === undefined);
  const verbs = rights.filter(({ verb }) => verb !== undefined);
  const byObject = groupBy(verbs, ({ on }) => formatRightObject(on));
  // a line has one risk, so that what is harmless does not look as bad as what is beside it
  const byVerbs = groupBy([...byObject], ([, group]) => [verbsOf(group), worstOf(group)].join("\n"));
  return [
    ...roles.map((right) => ({ right: `do all that ${formatRightObject(right.on)} allows`, risk: riskOf(right) })),
    ...[...byVerbs.values()].map((objects) => {
      const group = objects.flatMap(([, each]) => each);
      const names = objects.map(([name]) => name).sort();
      return { right: `${verbsOf(group)} ${names.join(", ")}`, risk: worstOf(group) };
    }),
  ];
}

const verbsOf = (rights: readonly Right[]): string =>
  [...new Set(rights.map(({ verb = "" }) => verb))].sort().join(", ");

const worstOf = (rights: readonly Right[]): Risk => rights.map(riskOf).sort(byRisk)[0] ?? "low";

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
