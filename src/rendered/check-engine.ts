import { isDeepStrictEqual } from "node:util";
import { engineManifests } from "../engine/manifests.ts";
import type { Fault } from "../model/error.ts";
import type { Manifest } from "../model/manifest.ts";
import { CLUSTER_UNIT } from "../model/units.ts";
import { formatManifest } from "./format-yaml.ts";
import { layout } from "./layout.ts";
import { AGAIN } from "./parse-json.ts";
import { manifestParser } from "./parse-manifests.ts";
import type { RenderedCluster } from "./rendered-cluster.ts";

/**
 * Whether what an agent reads first is what follows from the other files of its cluster. A unit too few would take a
 * cloud's objects out of the cluster.
 *
 * @param found - Texts of what lies in `flux/` and `argo/`, by path of the layout.
 * @returns Paths are relative to dist/.
 */
export function checkEngine(cluster: RenderedCluster, found: ReadonlyMap<string, string>): readonly Fault[] {
  const expected = expectedFiles(cluster);
  return [...new Set([...expected.keys(), ...found.keys()])].sort().flatMap((path) => {
    const message = engineFault(expected.get(path), found.get(path));
    return message === undefined ? [] : [{ path, message: `${message}; ${AGAIN}` }];
  });
}

function expectedFiles({ file: { name, delivery }, units }: RenderedCluster): ReadonlyMap<string, Manifest> {
  if (delivery.kind === "direct") return new Map();
  const manifests = engineManifests(delivery, name, {
    units: units.map((unit) => unit.name),
    manifests: units.filter((unit) => unit.name !== CLUSTER_UNIT).flatMap((unit) => unit.manifests),
  });
  return new Map([...manifests].map(([file, each]) => [layout.engineFile(name, delivery.engine.kind, file), each]));
}

function engineFault(expected: Manifest | undefined, found: string | undefined): string | undefined {
  if (expected === undefined) return "belongs to nothing that cluster.json and clouds/ have";
  if (found === undefined) return "is missing";
  // parsed only where it must be: there is one for each cloud
  const isSame = found === formatManifest(expected) || isDeepStrictEqual(manifestParser()(found).value, [expected]);
  return isSame ? undefined : "is not what follows from cluster.json and clouds/";
}
