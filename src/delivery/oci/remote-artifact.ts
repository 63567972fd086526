import { gunzipSync } from "node:zlib";
import { type Fields, fieldsOf, listOf } from "../../engine/fields.ts";
import { CLUSTER_ANNOTATION, MEDIA_TYPES, REVISION_ANNOTATION } from "./artifact.ts";
import type { Registry } from "./registry.ts";
import { readTar } from "./tar.ts";

/** An artifact that we, or somebody like us, pushed. */
export interface RemoteArtifact {
  readonly digest: string;
  /** Contents by path within the cluster's folder. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** Id of the commit of which it was rendered. */
  readonly commit?: string;
}

/** Something that lies under a tag and is no artifact of the cluster. */
export interface StrangeArtifact {
  readonly digest: string;
  readonly files?: never;
}

/** More than any cluster's files are. */
const MAX_BYTES = 256 * 1024 * 1024;

/**
 * Read what lies under a tag or digest.
 *
 * @returns undefined where nothing does.
 * @throws {@link CloudError} as {@link Registry} does.
 */
export async function readArtifact(
  registry: Registry,
  cluster: string,
  reference: string,
): Promise<RemoteArtifact | StrangeArtifact | undefined> {
  const manifest = await registry.getManifest(reference);
  if (manifest === undefined) return undefined;
  const { digest } = manifest;
  const { config, layers, annotations } = parse(manifest.content);
  const [layer, ...more] = listOf(layers);
  const [labels, wanted] = [fieldsOf(annotations), layer?.["digest"]];
  const isOurs =
    labels[CLUSTER_ANNOTATION] === cluster &&
    fieldsOf(config)["mediaType"] === MEDIA_TYPES.config &&
    layer?.["mediaType"] === MEDIA_TYPES.layer &&
    more.length === 0;
  if (!isOurs || typeof wanted !== "string") return { digest };
  const files = unpack((await registry.getBlob(wanted)).content);
  const [, commit] = /^sha(?:1|256):([0-9a-f]+)$/.exec(String(labels[REVISION_ANNOTATION])) ?? [];
  return files === undefined ? { digest } : { digest, files, ...(commit === undefined ? {} : { commit }) };
}

function parse(content: Buffer): Fields {
  try {
    return fieldsOf(JSON.parse(content.toString("utf8")));
  } catch {
    return {};
  }
}

function unpack(layer: Buffer): ReadonlyMap<string, Buffer> | undefined {
  try {
    return readTar(gunzipSync(layer, { maxOutputLength: MAX_BYTES }));
  } catch {
    return undefined;
  }
}
