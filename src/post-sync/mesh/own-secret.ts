import { isDeepStrictEqual } from "node:util";
import type { KubeApi } from "../../kube-api/kube-api.ts";
import { CloudError } from "../../model/error.ts";
import { MESH_FIELD_MANAGER } from "../../model/labels.ts";
import type { LiveManifest, Manifest } from "../../model/manifest.ts";
import { isLabelledFor } from "../../model/owner.ts";
import { formatRef, type Ref, refOf } from "../../model/ref.ts";

const WRITE = { manager: MESH_FIELD_MANAGER };

/**
 * Whether post-sync has written a Secret of a cloud's mesh. One that an agent brings has the same labels, and is taken
 * away again by that agent.
 */
export const isOwn = (live: LiveManifest, cloud: string): boolean =>
  isLabelledFor(live, cloud) &&
  (live.metadata.managedFields ?? []).some(({ manager }) => manager === MESH_FIELD_MANAGER);

/** @throws {@link CloudError} `NOT_OURS` */
export function checkOwn(api: KubeApi, live: LiveManifest, cloud: string): void {
  if (isOwn(live, cloud)) return;
  const remedy = "if nobody needs it, delete it and run lcloud post-sync";
  throw new CloudError(
    "NOT_OURS",
    `${api.cluster}: ${formatRef(refOf(live))} was not written by lcloud, and is kept; ${remedy}`,
  );
}

/**
 * Write a Secret as it is to be, where it is not: only over the one that was read.
 *
 * @param live - As it was read; undefined where there was none.
 * @throws {@link CloudError} `NOT_OURS`, also where an object holds the very same and is somebody else's; `CONFLICT` where
 * somebody has come in between.
 */
export async function writeOwn(
  api: KubeApi,
  cloud: string,
  live: LiveManifest | undefined,
  wanted: Manifest,
): Promise<"created" | "configured" | "unchanged"> {
  if (live === undefined) {
    await api.create(wanted, WRITE);
    return "created";
  }
  checkOwn(api, live, cloud);
  const { uid, resourceVersion, annotations, labels } = live.metadata;
  const hasLabels = Object.entries(wanted.metadata.labels ?? {}).every(([key, value]) => labels?.[key] === value);
  if (hasLabels && isDeepStrictEqual(live["data"], wanted["data"])) return "unchanged";
  const metadata = {
    ...wanted.metadata,
    ...(annotations === undefined ? {} : { annotations }),
    labels: { ...labels, ...wanted.metadata.labels },
    uid,
    resourceVersion,
  };
  await api.replace({ ...wanted, metadata }, WRITE);
  return "configured";
}

/** `data` of a Secret as far as it is text: base64. */
export function dataOf({ data }: LiveManifest): Readonly<Record<string, string>> {
  if (typeof data !== "object" || data === null) return {};
  return Object.fromEntries(
    Object.entries(data).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

/** A text of a Secret; undefined where it has none. */
export function textOf(live: LiveManifest, key: string): string | undefined {
  const data = dataOf(live);
  return Object.hasOwn(data, key) ? Buffer.from(data[key] ?? "", "base64").toString("utf8") : undefined;
}

export const secretRef = (namespace: string, name: string): Ref => ({
  apiVersion: "v1",
  kind: "Secret",
  namespace,
  name,
});
