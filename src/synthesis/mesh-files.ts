import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { BASE_VALUES, baseChart, type ChartRelease, istiodChart } from "../mesh/charts.ts";
import { checkMeshConfig, meshConfigsIn } from "../mesh/mesh-config.ts";
import { type MeshFile, meshFiles, parseMeshFile, parseObjects, sourceOf, valuesText } from "../mesh/mesh-file.ts";
import { meshMeta } from "../mesh/mesh-object.ts";
import type { DedicatedMeshSpec } from "../mesh/mesh-spec.ts";
import { CACERTS, meshNamespace } from "../mesh/names.ts";
import { istiodValues, meshConfig } from "../mesh/values.ts";
import { type Fault, systemCodeOf } from "../model/error.ts";
import type { JsonObject, Manifest } from "../model/manifest.ts";
import { formatRef, refOf } from "../model/ref.ts";
import { secretValuesOf } from "../model/sops.ts";

/** Objects of a file, or what is wrong with it. */
export interface FoundObjects {
  readonly manifests: readonly Manifest[];
  readonly faults: readonly Fault[];
}

const RENDER = "run lcloud mesh render";

/** What has been made for meshes beside synthesis, and is committed: see `meshFiles`. Each file is read once. */
export class MeshFiles {
  readonly folder: string;
  readonly #read = new Map<string, MeshFile | string>();

  /** @param folder - Relative to the working directory. */
  constructor(folder: string) {
    this.folder = folder;
  }

  /** What helm has made of a control plane's chart. */
  controlPlane(spec: DedicatedMeshSpec): FoundObjects {
    const { cloud } = spec;
    const path = meshFiles.controlPlane(this.folder, cloud, spec.cluster);
    const { manifests, faults } = this.#rendered(path, istiodChart(spec), istiodValues(spec));
    if (faults.length > 0) return { manifests, faults };
    const configs = meshConfigsIn(cloud, manifests);
    const wrong = [
      ...(configs.length === 1 ? [] : ["holds no mesh config"]),
      ...configs.flatMap((config) => checkMeshConfig(config, meshConfig(spec)).map((fault) => `mesh config ${fault}`)),
      ...manifests.flatMap((manifest) => foreign(manifest, cloud)),
    ];
    return { manifests, faults: wrong.map((message) => ({ path, message: `${message}; ${RENDER}` })) };
  }

  /** Istio's CRDs. */
  crds(version: string, repository: string): FoundObjects {
    const path = meshFiles.crds(this.folder, version);
    const { manifests, faults } = this.#rendered(path, baseChart(version, repository), BASE_VALUES);
    const others = manifests.filter(({ kind }) => kind !== "CustomResourceDefinition");
    const wrong = others.map((manifest) => ({ path, message: `${formatRef(refOf(manifest))} is no CRD; ${RENDER}` }));
    return { manifests, faults: [...faults, ...wrong] };
  }

  /** A control plane's authority, as SOPS has encrypted it. It is left as it is: SOPS would refuse what was changed. */
  authority({ cloud, cluster }: DedicatedMeshSpec): FoundObjects {
    const path = meshFiles.authority(this.folder, cloud, cluster);
    const fault = (message: string): FoundObjects => ({ manifests: [], faults: [{ path, message }] });
    const remedy = `run lcloud enroll ${cloud}`;
    const objects = readParsed(path, parseObjects);
    if (typeof objects === "string") return fault(`${objects}; ${remedy}`);
    const [manifest, ...more] = objects;
    const isOurs = isDeepStrictEqual(manifest?.metadata, meshMeta(cloud, CACERTS));
    if (manifest === undefined || more.length > 0 || !isOurs || secretValuesOf(manifest) !== "encrypted") {
      return fault(`is not Secret ${meshNamespace(cloud)}/${CACERTS}, encrypted by SOPS; ${remedy}`);
    }
    return { manifests: [manifest], faults: [] };
  }

  #rendered(path: string, release: ChartRelease, values: JsonObject): FoundObjects {
    const found = this.#parsed(path);
    if (typeof found === "string") return { manifests: [], faults: [{ path, message: `${found}; ${RENDER}` }] };
    const wanted = sourceOf(release, valuesText(values));
    if (isDeepStrictEqual(found.source, wanted)) return { manifests: found.manifests, faults: [] };
    const what =
      found.source.version === wanted.version ? "values that are no longer these" : `version ${found.source.version}`;
    return { manifests: [], faults: [{ path, message: `was made from ${what}; ${RENDER}` }] };
  }

  #parsed(path: string): MeshFile | string {
    const known = this.#read.get(path);
    if (known !== undefined) return known;
    const found = readParsed(path, parseMeshFile);
    this.#read.set(path, found);
    return found;
  }
}

/** What a control plane is made of lies in its namespace, or is named after it. */
function foreign(manifest: Manifest, cloud: string): readonly string[] {
  const { name, namespace } = manifest.metadata;
  const own = meshNamespace(cloud);
  const at = formatRef(refOf(manifest));
  const isOwn = namespace === undefined ? name.endsWith(`-${own}`) : namespace === own;
  return [
    ...(isOwn ? [] : [`${at} is not the control plane's own`]),
    ...(secretValuesOf(manifest) === "plain" ? [`${at} holds what nobody may read in git`] : []),
  ];
}

function readParsed<T>(path: string, parse: (text: string) => T | string): T | string {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    const code = systemCodeOf(cause);
    return code === "ENOENT" ? "is missing" : `cannot be read (${code})`;
  }
  return parse(text);
}
