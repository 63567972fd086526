import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, vi } from "vitest";
import { type ArtifactOptions, type ArtifactReport, pushArtifact } from "../../../src/delivery/oci/push-artifact.ts";
import type { OciDelivery } from "../../../src/model/delivery.ts";
import { distOf } from "../git/pushing.ts";

export const OPTIONS: ArtifactOptions = {
  remove: new Set(),
  removeMany: false,
  overwrite: false,
  source: { kind: "none", why: "no-repository" },
  supersede: new Set(),
  timeoutMs: 20_000,
};

export const deliveryTo = (host: string, name = "fleet"): OciDelivery => ({
  kind: "oci",
  repository: `oci://${host}/${name}`,
  tag: "latest",
  engine: { kind: "flux", namespace: "flux-system", unit: "cloud" },
});

/** Push a cluster with a file for each of its clouds. */
export const push = (
  delivery: OciDelivery,
  clouds: Readonly<Record<string, string>>,
  options: Partial<ArtifactOptions> = {},
): Promise<ArtifactReport> =>
  pushArtifact(delivery, "edge-1", distOf("edge-1", clouds).files, { ...OPTIONS, ...options });

/** A folder of docker's configuration, empty before each test, that is taken for the user's. */
export function dockerFolder(): { readonly folder: string; readonly write: (config: unknown) => void } {
  const folder = mkdtempSync(join(tmpdir(), "lcloud-docker-"));
  const file = join(folder, "config.json");
  beforeEach(() => void vi.stubEnv("DOCKER_CONFIG", folder));
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(file, { force: true });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return {
    folder,
    write: (config) => writeFileSync(file, typeof config === "string" ? config : JSON.stringify(config)),
  };
}

export const encode = ({ username, password }: { readonly username: string; readonly password: string }): string =>
  Buffer.from(`${username}:${password}`).toString("base64");
