import { createHash } from "node:crypto";
import type { Resolved, SourceKind, SourceObject } from "./flux-sources.ts";

interface Layer {
  readonly mediaType: string;
  readonly digest: string;
}

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";

/** OCIRepositories: `url`, `ref.tag` or `ref.digest`, `layerSelector.mediaType`; the layer must be a .tar.gz. */
export const ociSources: SourceKind = {
  plural: "ocirepositories",
  failure: "OCIArtifactPullFailed",
  resolve: (_cluster, { spec }) => resolve(spec),
};

/** @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pull */
async function resolve({ url, ref, layerSelector }: SourceObject["spec"]): Promise<Resolved> {
  const [, host, repository] = /^oci:\/\/([^/]+)\/(.+)$/.exec(url) ?? [];
  if (host === undefined || repository === undefined) throw new Error(`${url} is no URL of an OCI repository`);
  const base = `http://${host}/v2/${repository}`;
  const tag = ref?.tag ?? "latest";
  const manifest = await pull(`${base}/manifests/${ref?.digest ?? tag}`);
  const id = createHash("sha256").update(manifest).digest("hex");
  const { layers = [] }: { layers?: readonly Layer[] } = JSON.parse(manifest.toString("utf8"));
  const { mediaType } = layerSelector ?? {};
  const layer = layers.find((candidate) => mediaType === undefined || candidate.mediaType === mediaType);
  if (layer === undefined) throw new Error(`no layer ${mediaType ?? ""} in ${url}`);
  return {
    revision: ref?.digest === undefined ? `${tag}@sha256:${id}` : ref.digest,
    id,
    fetch: () => pull(`${base}/blobs/${layer.digest}`),
  };
}

async function pull(url: string): Promise<Buffer> {
  const response = await fetch(url, { headers: { accept: MANIFEST } });
  if (!response.ok) throw new Error(`GET ${url}: ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}
