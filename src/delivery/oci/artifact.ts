import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { writeTar } from "./tar.ts";

/** @see https://fluxcd.io/flux/cheatsheets/oci-artifacts/ */
export const MEDIA_TYPES = {
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.cncf.flux.config.v1+json",
  layer: "application/vnd.cncf.flux.content.v1.tar+gzip",
} as const;

/** Says that an artifact is ours, and of which cluster. */
export const CLUSTER_ANNOTATION = "logical-clouds.io/cluster";

/** Says from which commit it was rendered, as in `sha1:<commit>`. */
export const REVISION_ANNOTATION = "org.opencontainers.image.revision";

/** Bytes that a registry keeps under their digest. */
export interface Blob {
  readonly digest: string;
  readonly content: Buffer;
}

export interface Artifact {
  readonly manifest: Blob;
  /** What the manifest refers to, in the order in which it is pushed. */
  readonly blobs: readonly Blob[];
}

/**
 * What a registry gets of a cluster, in the format that `flux push artifact` has.
 *
 * The same files of the same commit are the same bytes on any one machine; compressors of others may give other bytes, so
 * artifacts are compared by the files in them. There is no time in it.
 *
 * @param cluster - Its folder becomes the root.
 * @param files - Contents by path of the layout of dist/.
 * @param commit - Id of the commit of which they were rendered; absent where there is none.
 */
export function artifactOf(cluster: string, files: ReadonlyMap<string, Buffer>, commit?: string): Artifact {
  const config = blobOf(Buffer.from("{}"));
  const layer = blobOf(compress(writeTar(insideOf(cluster, files))));
  const manifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.manifest,
    config: descriptorOf(config, MEDIA_TYPES.config),
    layers: [descriptorOf(layer, MEDIA_TYPES.layer)],
    annotations: {
      [CLUSTER_ANNOTATION]: cluster,
      ...(commit === undefined
        ? {}
        : { [REVISION_ANNOTATION]: `${commit.length === 64 ? "sha256" : "sha1"}:${commit}` }),
    },
  };
  return { manifest: blobOf(Buffer.from(JSON.stringify(manifest))), blobs: [config, layer] };
}

/** Contents by path within the cluster's folder. */
export const insideOf = (cluster: string, files: ReadonlyMap<string, Buffer>): ReadonlyMap<string, Buffer> =>
  new Map([...files].map(([path, content]) => [path.slice(cluster.length + 1), content]));

export const digestOf = (content: Buffer): string => `sha256:${createHash("sha256").update(content).digest("hex")}`;

const blobOf = (content: Buffer): Blob => ({ digest: digestOf(content), content });

const descriptorOf = ({ digest, content }: Blob, mediaType: string): object => ({
  mediaType,
  digest,
  size: content.length,
});

/** Byte of a gzip header that names the operating system. */
const SYSTEM_BYTE = 9;
const UNKNOWN_SYSTEM = 255;

function compress(content: Buffer): Buffer {
  const compressed = gzipSync(content, { level: 9 });
  compressed[SYSTEM_BYTE] = UNKNOWN_SYSTEM;
  return compressed;
}
