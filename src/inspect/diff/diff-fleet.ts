import type { AccessChange, ClusterGroup, DiffCounts, FleetDiff } from "../../model/diff.ts";
import type { RenderedCluster } from "../../rendered/rendered-cluster.ts";
import { diffAccess } from "./diff-access.ts";
import { diffFields, diffObjects } from "./diff-objects.ts";
import { byRisk } from "./risk.ts";

/**
 * What it means to deliver one dist/ after another: objects by cluster, equal clusters told once, then access.
 *
 * @param base - What dist/ was.
 * @param head - What it is to be.
 */
export function diffFleet(base: readonly RenderedCluster[], head: readonly RenderedCluster[]): FleetDiff {
  const groups = new Map<string, ClusterGroup>();
  const access = new Map<string, AccessChange>();
  for (const { name, before, after } of pairsOf(base, head)) {
    const objects = diffObjects(before, after);
    const presence = before === undefined ? "added" : after === undefined ? "removed" : "same";
    const settings = before === undefined || after === undefined ? [] : diffFields(before.file, after.file);
    if (objects.length === 0 && settings.length === 0 && presence === "same") continue;
    const group: Omit<ClusterGroup, "clusters"> = { presence, settings, objects };
    fold(groups, name, group);
    const clouds = new Set(objects.flatMap(({ cloud }) => cloud ?? []));
    for (const change of diffAccess(before, after, clouds)) fold(access, name, change);
  }
  const folded = [...groups.values()].sort((a, b) => b.objects.length - a.objects.length);
  return { groups: folded, access: [...access.values()].sort(byDanger), counts: countObjects(folded) };
}

interface Pair {
  readonly name: string;
  readonly before: RenderedCluster | undefined;
  readonly after: RenderedCluster | undefined;
}

function pairsOf(base: readonly RenderedCluster[], head: readonly RenderedCluster[]): readonly Pair[] {
  const byName = (clusters: readonly RenderedCluster[]) => new Map(clusters.map((each) => [each.file.name, each]));
  const [before, after] = [byName(base), byName(head)];
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.map((name) => ({ name, before: before.get(name), after: after.get(name) }));
}

/** What is the same on several clusters is kept once, with all their names. */
function fold<T extends object>(
  known: Map<string, T & { readonly clusters: readonly string[] }>,
  cluster: string,
  value: T,
): void {
  const key = JSON.stringify(value);
  known.set(key, { ...value, clusters: [...(known.get(key)?.clusters ?? []), cluster] });
}

/** What is gained is told before what is lost, and the worst of it first. */
function byDanger(a: AccessChange, b: AccessChange): number {
  if (a.action !== b.action) return a.action === "gained" ? -1 : 1;
  return byRisk(a.risk, b.risk) || (keyOf(a) < keyOf(b) ? -1 : 1);
}

const keyOf = ({ cloud, subject, scope, right }: AccessChange): string => [cloud, subject, scope, right].join("\n");

function countObjects(groups: readonly ClusterGroup[]): DiffCounts {
  const count = (action: string): number =>
    groups.reduce(
      (sum, { clusters, objects }) => sum + clusters.length * objects.filter((each) => each.action === action).length,
      0,
    );
  return {
    clusters: groups.reduce((sum, { clusters }) => sum + clusters.length, 0),
    added: count("added"),
    changed: count("changed"),
    removed: count("removed"),
  };
}
