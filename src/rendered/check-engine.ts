import { isDeepStrictEqual } from "node:util";
import { cloudOfChart } from "../engine/charts.ts";
import { engineManifests } from "../engine/manifests.ts";
import { istiodRelease } from "../mesh/charts.ts";
import type { CloudMesh } from "../mesh/cloud-mesh.ts";
import { meshNamespace } from "../mesh/names.ts";
import type { Fault } from "../model/error.ts";
import type { Manifest } from "../model/manifest.ts";
import { CLUSTER_UNIT } from "../model/units.ts";
import { formatManifest } from "./format-yaml.ts";
import { layout } from "./layout.ts";
import { AGAIN } from "./parse-json.ts";
import { manifestParser } from "./parse-manifests.ts";
import type { RenderedCloud, RenderedCluster } from "./rendered-cluster.ts";

/**
 * Whether what an agent reads first is what follows from the other files of its cluster. A unit too few would take a
 * cloud's objects out of the cluster.
 *
 * @param found - Texts of what lies in `flux/` and `argo/`, by path of the layout.
 * @returns Paths are relative to dist/.
 */
export function checkEngine(cluster: RenderedCluster, found: ReadonlyMap<string, string>): readonly Fault[] {
  const expected = expectedFiles(cluster);
  const ofFiles = [...new Set([...expected.keys(), ...found.keys()])].sort().flatMap((path) => {
    const message = engineFault(expected.get(path), found.get(path));
    return message === undefined ? [] : [{ path, message: `${message}; ${AGAIN}` }];
  });
  return [...ofFiles, ...checkCharts(cluster)];
}

function expectedFiles({
  file: { name, delivery },
  units,
  charts = [],
}: RenderedCluster): ReadonlyMap<string, Manifest> {
  if (delivery.kind === "direct") return new Map();
  const manifests = engineManifests(delivery, name, {
    units: units.map((unit) => unit.name),
    manifests: units.filter((unit) => unit.name !== CLUSTER_UNIT).flatMap((unit) => unit.manifests),
    charts,
  });
  return new Map([...manifests].map(([file, each]) => [layout.engineFile(name, delivery.engine.kind, file), each]));
}

/** Whether each cloud has the control plane that its mesh says, and no other. */
function checkCharts({ file: { name }, clouds, charts = [] }: RenderedCluster): readonly Fault[] {
  const found = new Map(charts.flatMap((chart) => optional(cloudOfChart(chart.name), chart)));
  const wanted = new Map(clouds.flatMap((cloud) => optional(cloud.name, argoMeshOf(cloud))));
  return [...new Set([...found.keys(), ...wanted.keys()])].sort().flatMap((cloud) => {
    const [release, mesh] = [found.get(cloud)?.release, wanted.get(cloud)];
    const isSame =
      release?.version === mesh?.version &&
      release?.namespace === (mesh && meshNamespace(cloud)) &&
      release?.chart === (mesh && "istiod");
    const path = layout.engineFile(name, "argocd", istiodRelease(cloud));
    return isSame ? [] : [{ path, message: `is not what ${layout.mesh(name, cloud)} says; ${AGAIN}` }];
  });
}

const argoMeshOf = ({ mesh }: RenderedCloud): CloudMesh | undefined =>
  mesh?.installer === "argocd" ? mesh : undefined;

const optional = <T>(name: string | undefined, value: T | undefined): readonly (readonly [string, T])[] =>
  name === undefined || value === undefined ? [] : [[name, value]];

function engineFault(expected: Manifest | undefined, found: string | undefined): string | undefined {
  if (expected === undefined) return "belongs to nothing that cluster.json and clouds/ have";
  if (found === undefined) return "is missing";
  // parsed only where it must be: there is one for each cloud
  const isSame = found === formatManifest(expected) || isDeepStrictEqual(manifestParser()(found).value, [expected]);
  return isSame ? undefined : "is not what follows from cluster.json and clouds/";
}
