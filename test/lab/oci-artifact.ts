import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const MEDIA_TYPE = {
  config: "application/vnd.cncf.flux.config.v1+json",
  layer: "application/vnd.cncf.flux.content.v1.tar+gzip",
  manifest: "application/vnd.oci.image.manifest.v1+json",
};

/**
 * Push files as an artefact, as `flux push artifact` does.
 *
 * @param host - Of a registry that everybody may push to, over plain HTTP; `127.0.0.1:port`.
 * @param files - Content under each path.
 * @returns The manifest's digest, `sha256:…`.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#push
 */
export async function pushArtifact(
  host: string,
  repository: string,
  tag: string,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const base = `http://${host}/v2/${repository}`;
  const config = await pushBlob(base, Buffer.from("{}"), MEDIA_TYPE.config);
  const layer = await pushBlob(base, await archive(files), MEDIA_TYPE.layer);
  const manifest = JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPE.manifest, config, layers: [layer] });
  await put(`${base}/manifests/${tag}`, MEDIA_TYPE.manifest, manifest);
  return digestOf(Buffer.from(manifest));
}

async function archive(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), "lcloud-artifact-"));
  try {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), content);
    }
    const tar = ["--create", "--gzip", "--directory", folder, "."];
    return (await promisify(execFile)("tar", tar, { encoding: "buffer" })).stdout;
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function pushBlob(base: string, content: Buffer, mediaType: string): Promise<Descriptor> {
  const upload = await fetch(`${base}/blobs/uploads/`, { method: "POST" });
  const url = new URL(upload.headers.get("location") ?? "", upload.url);
  const digest = digestOf(content);
  url.searchParams.set("digest", digest);
  await put(url, "application/octet-stream", new Uint8Array(content));
  return { mediaType, digest, size: content.length };
}

async function put(url: string | URL, mediaType: string, body: string | Uint8Array<ArrayBuffer>): Promise<void> {
  const response = await fetch(url, { method: "PUT", headers: { "content-type": mediaType }, body });
  if (response.status !== 201) throw new Error(`lab: PUT ${url}: ${response.status} ${await response.text()}`);
}

const digestOf = (content: Buffer): string => `sha256:${createHash("sha256").update(content).digest("hex")}`;
