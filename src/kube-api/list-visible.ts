import { CloudError } from "../model/error.ts";
import type { LiveManifest } from "../model/manifest.ts";
import type { Kind, KubeApi } from "./kube-api.ts";
import { mapConcurrently } from "./map-concurrently.ts";

/** Namespaces that are listed at once. */
const CONCURRENCY = 8;

/** What may be seen of a kind. */
export interface Visible {
  readonly objects: readonly LiveManifest[];
  /** Absent where all namespaces may be listed. */
  readonly limit?: {
    /** Those that may be listed. */
    readonly namespaces: readonly string[];
    /** What the API server says of all. */
    readonly error: CloudError;
  };
}

/**
 * All objects of a kind; where that is forbidden, those in some namespaces, as far as they may be listed.
 *
 * @throws {@link CloudError} but `FORBIDDEN`.
 */
export async function listVisible(api: KubeApi, kind: Kind, namespaces: readonly string[]): Promise<Visible> {
  const all = await listAllowed(api, kind);
  if (!(all instanceof CloudError)) return { objects: all };
  const listed = await mapConcurrently(namespaces, CONCURRENCY, async (namespace) => {
    const objects = await listAllowed(api, kind, namespace);
    return objects instanceof CloudError ? [] : [{ namespace, objects }];
  });
  const seen = listed.flat();
  return {
    objects: seen.flatMap(({ objects }) => objects),
    limit: { namespaces: seen.map(({ namespace }) => namespace), error: all },
  };
}

/** @returns The error where they may not be listed. */
async function listAllowed(
  api: KubeApi,
  kind: Kind,
  namespace?: string,
): Promise<readonly LiveManifest[] | CloudError> {
  try {
    return await api.list(kind, namespace === undefined ? {} : { namespace });
  } catch (error) {
    if (error instanceof CloudError && error.code === "FORBIDDEN") return error;
    throw error;
  }
}
