import { readFile } from "node:fs/promises";
import type { ChartRelease } from "../mesh/charts.ts";
import type { TrustDelivery } from "../mesh/cloud-mesh.ts";
import { invalid } from "../model/error.ts";
import { formatJson } from "./format-json.ts";

/** What an app writes instead of dist/ where it is asked what it wants to be made before (`LCLOUD_WANTED=<file>`). */
export interface WantedFile {
  readonly version: 1;
  /** Folder of the requests, as the app was given it. */
  readonly identities: string;
  /** Names of the clouds that the app makes, sorted. */
  readonly clouds: readonly string[];
  readonly users: readonly WantedUser[];
  /** Clouds' own meshes by cloud and cluster, whose authorities somebody has to make. */
  readonly meshes: readonly WantedMesh[];
  /** Charts that `lcloud mesh render` renders. */
  readonly charts: readonly WantedChart[];
}

/** Somebody who needs a certificate request. */
export interface WantedUser {
  readonly cloud: string;
  readonly user: string;
  readonly keyAlgorithm: string;
}

/** A control plane that needs an authority. */
export interface WantedMesh {
  readonly cloud: string;
  readonly cluster: string;
  readonly trustDomain: string;
  /** Whether its authority may certify names of the trust domain alone. */
  readonly nameConstraints: boolean;
  /** Who brings the authority there; of `cert-manager`, none of it is ours. */
  readonly trust: TrustDelivery;
  /** Where the encrypted authority lies, as the app was given it; of trust `sops` alone. */
  readonly authority?: string;
}

/** A chart whose rendering is committed. */
export interface WantedChart {
  /** Where it is to lie, as the app was given it. */
  readonly file: string;
  readonly release: ChartRelease;
  /** For helm, which reads them as YAML. */
  readonly values: string;
}

export const formatWantedFile = (file: WantedFile): string => formatJson(file);

/**
 * @returns undefined where there is no file.
 * @throws {@link CloudError} `INVALID` for a file that {@link formatWantedFile} has not written.
 */
export async function findWantedFile(path: string): Promise<WantedFile | undefined> {
  // Imported when used: the app that only writes the file needs no schemas.
  const [{ parseJson }, { wantedFileSchema }] = await Promise.all([import("./parse-json.ts"), import("./schemas.ts")]);
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const parsed = parseJson(text, wantedFileSchema);
  if (parsed.faults === undefined) return parsed.value;
  throw invalid(
    parsed.faults.map((message) => ({ path, message })),
    "the app's list of users cannot be read",
  );
}
