import type { AccessChange, ClusterGroup, DiffCounts, FieldChange, FleetDiff, ObjectChange } from "../../model/diff.ts";
import { isRole } from "../../model/policy-rule.ts";
import type { RenderedCluster } from "../../rendered/rendered-cluster.ts";
import { diffAccess } from "./diff-access.ts";
import { diffFields } from "./diff-fields.ts";
import { diffObjects } from "./diff-objects.ts";
import { byRisk } from "./risk.ts";

/**
 * What it means to deliver one dist/ after another: objects by cluster, equal clusters told once, then access.
 *
 * @param base - What dist/ was.
 * @param head - What it is to be.
 */
export function diffFleet(base: readonly RenderedCluster[], head: readonly RenderedCluster[]): FleetDiff {
  const groups = new Folding<Omit<ClusterGroup, "clusters">>();
  const access = new Folding<Omit<AccessChange, "clusters">>();
  for (const { name, before, after } of pairsOf(base, head)) {
    const objects = diffObjects(before, after);
    const presence = before === undefined ? "added" : after === undefined ? "removed" : "same";
    const settings = before === undefined || after === undefined ? [] : diffSettings(before, after);
    if (objects.length === 0 && settings.length === 0 && presence === "same") continue;
    groups.add(name, { presence, settings, objects });
    const clouds = cloudsOf(objects, [before, after]);
    for (const change of diffAccess(before, after, clouds)) access.add(name, change);
  }
  const folded = groups.all().sort((a, b) => b.objects.length - a.objects.length);
  return { groups: folded, access: access.all().sort(byDanger), counts: countObjects(folded) };
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

/** Of a cluster that stays; of users, only those of clouds that stay. */
function diffSettings(before: RenderedCluster, after: RenderedCluster): readonly FieldChange[] {
  const known = namesOf(before);
  const stay = new Set([...namesOf(after)].filter((name) => known.has(name)));
  return diffFields(settingsOf(before, stay), settingsOf(after, stay));
}

const namesOf = ({ clouds }: RenderedCluster): ReadonlySet<string> => new Set(clouds.map(({ name }) => name));

function settingsOf({ file, clouds }: RenderedCluster, stay: ReadonlySet<string>): object {
  const users = clouds
    .filter(({ name }) => stay.has(name))
    .map(({ name, grants }) => [name, Object.fromEntries(grants.map((grant) => [grant.name, grant]))]);
  return { ...file, users: Object.fromEntries(users) };
}

/** Whose access may differ: that of all clouds, where a role differs that these share. */
function cloudsOf(
  objects: readonly ObjectChange[],
  clusters: readonly (RenderedCluster | undefined)[],
): ReadonlySet<string> {
  if (objects.every(({ cloud, ref }) => cloud !== undefined || !isRole(ref))) {
    return new Set(objects.flatMap(({ cloud }) => cloud ?? []));
  }
  return new Set(clusters.flatMap((cluster) => cluster?.units.flatMap(({ cloud }) => cloud ?? []) ?? []));
}

/** What is the same on several clusters is kept once, with all their names in the order in which they came. */
class Folding<T extends object> {
  readonly #known = new Map<string, T & { readonly clusters: string[] }>();

  add(cluster: string, value: T): void {
    const key = JSON.stringify(value);
    const known = this.#known.get(key);
    if (known === undefined) this.#known.set(key, { ...value, clusters: [cluster] });
    else known.clusters.push(cluster);
  }

  all(): (T & { readonly clusters: readonly string[] })[] {
    return [...this.#known.values()];
  }
}

/** What is gained is told before what is lost, and the worst of it first. */
function byDanger(a: AccessChange, b: AccessChange): number {
  if (a.action !== b.action) return a.action === "gained" ? -1 : 1;
  return byRisk(a.risk, b.risk) || (keyOf(a) < keyOf(b) ? -1 : 1);
}

const keyOf = ({ cloud = "", subject, scope, right }: AccessChange): string =>
  [cloud, subject, scope, right].join("\n");

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
