import type { KubeApi } from "../kube-api/kube-api.ts";
import { CloudError, type ErrorCode } from "../model/error.ts";
import type { LiveManifest, Manifest } from "../model/manifest.ts";
import { formatRef, refOf } from "../model/ref.ts";
import { specOf, statusOf } from "./signing-request.ts";

/**
 * POST a request under that name: an apply would take a planted one for ours. If somebody was first, nothing happens:
 * what is there must be looked at in any case.
 */
export async function makeRequest(api: KubeApi, reviewed: Manifest, name: string): Promise<void> {
  const manifest = { ...reviewed, metadata: { ...reviewed.metadata, name } };
  await ignoring(["CONFLICT"], () => api.create(manifest));
}

/**
 * Approve that very object, as it was compared. If it has changed or was replaced since, nothing happens: it must be
 * compared again.
 *
 * @param live - Without its uid and resourceVersion, whatever has its name by now would be approved.
 * @throws {@link CloudError} `API_ERROR` where one of them is missing.
 */
export async function approveRequest(api: KubeApi, live: LiveManifest): Promise<void> {
  const { uid, resourceVersion } = live.metadata;
  if (!uid || !resourceVersion) {
    const reason = "came without uid or resourceVersion; is something between us and the API server?";
    throw new CloudError("API_ERROR", `${api.cluster}: ${formatRef(refOf(live))} ${reason}`);
  }
  const approved = {
    type: "Approved",
    status: "True",
    reason: "ReviewedInGit",
    message: "lcloud has compared it with the reviewed request",
  };
  const status = statusOf(live);
  const conditions = [...(status.conditions ?? []), approved];
  const manifest: LiveManifest = { ...live, status: { ...status, conditions } };
  await ignoring(["CONFLICT", "NOT_FOUND"], () => api.replace(manifest, { subresource: "approval" }));
}

/** Delete a request that we have made ourselves; leave anybody else's. */
export async function discardRequest(api: KubeApi, live: LiveManifest, self: string): Promise<void> {
  if (specOf(live).username === self) await api.delete(refOf(live), { uid: live.metadata.uid });
}

async function ignoring(codes: readonly ErrorCode[], step: () => Promise<unknown>): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (!(error instanceof CloudError && codes.includes(error.code))) throw error;
  }
}
