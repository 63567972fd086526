import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { BASE_VALUES, baseChart, type ChartRelease, istiodChart } from "../mesh/charts.ts";
import { checkChart } from "../mesh/check-chart.ts";
import { type MeshFile, meshFiles, parseMeshFile, parseObjects, sourceOf, valuesText } from "../mesh/mesh-file.ts";
import { meshMeta } from "../mesh/mesh-object.ts";
import type { DedicatedMeshSpec } from "../mesh/mesh-spec.ts";
import { CACERTS, meshNamespace } from "../mesh/names.ts";
import { istiodValues } from "../mesh/values.ts";
import { type Fault, systemCodeOf } from "../model/error.ts";
import type { JsonObject, Manifest } from "../model/manifest.ts";
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
    const path = meshFiles.controlPlane(this.folder, spec.cloud, spec.cluster);
    return this.#rendered(path, istiodChart(spec), istiodValues(spec));
  }

  /** Istio's CRDs. */
  crds(version: string, repository: string): FoundObjects {
    return this.#rendered(meshFiles.crds(this.folder, version), baseChart(version, repository), BASE_VALUES);
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
    if (isDeepStrictEqual(found.source, wanted)) {
      const wrong = checkChart(release, found.manifests, values);
      return {
        manifests: found.manifests,
        faults: wrong.map((message) => ({ path, message: `${message}; ${RENDER}` })),
      };
    }
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
