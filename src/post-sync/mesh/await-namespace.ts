import { setTimeout } from "node:timers/promises";
import type { KubeApi } from "../../kube-api/kube-api.ts";
import { meshNamespace } from "../../mesh/names.ts";
import { CloudError } from "../../model/error.ts";
import type { LiveManifest } from "../../model/manifest.ts";
import { describeOwner, isLabelledFor } from "../../model/owner.ts";
import { formatRef, type Ref } from "../../model/ref.ts";

const FIRST_POLL_MS = 500;
const MAX_POLL_MS = 5000;

/** How long post-sync has for what agents bring, and whom it tells. */
export interface MeshWait {
  /** Milliseconds. */
  readonly timeoutMs: number;
  /** Ends it early: one more look is taken. */
  readonly signal?: AbortSignal;
  readonly tell: (step: string) => void;
}

/**
 * Wait until the namespace of a cloud's control plane is there; whether anything in it runs is not asked, since nothing
 * does before its keys are there.
 *
 * @throws {@link CloudError} `NOT_DELIVERED` where it does not come, or goes; `NOT_OURS` for somebody else's: no key is put
 * into that.
 */
export async function awaitNamespace(api: KubeApi, cloud: string, wait: MeshWait): Promise<void> {
  const { timeoutMs, signal, tell } = wait;
  const ref: Ref = { apiVersion: "v1", kind: "Namespace", name: meshNamespace(cloud) };
  const deadline = performance.now() + timeoutMs;
  for (let pauseMs = FIRST_POLL_MS; ; pauseMs = Math.min(pauseMs * 1.5, MAX_POLL_MS)) {
    const isLast = performance.now() >= deadline || signal?.aborted === true;
    const live = await lookAt(api, ref, isLast);
    if (live !== undefined && live.metadata.deletionTimestamp === undefined) return checkNamespace(api, cloud, live);
    if (isLast) throw notThere(api, ref, live);
    tell(`waits for ${formatRef(ref)}`);
    await pause(Math.min(pauseMs, Math.max(0, deadline - performance.now())), signal);
  }
}

/** API servers are gone for a while where their control plane is renewed: then it is asked again, if there is time. */
async function lookAt(api: KubeApi, ref: Ref, isLast: boolean): Promise<LiveManifest | undefined> {
  try {
    return await api.get(ref);
  } catch (error) {
    const mayPass = error instanceof CloudError && error.code === "API_ERROR";
    if (isLast || !mayPass) throw error;
    return undefined;
  }
}

function checkNamespace(api: KubeApi, cloud: string, live: LiveManifest): void {
  if (isLabelledFor(live, cloud)) return;
  const what = `Namespace/${live.metadata.name} belongs to ${describeOwner(live)}, so no key is put into it`;
  throw new CloudError("NOT_OURS", `${api.cluster}: ${what}; move it away, or rename the cloud`);
}

function notThere(api: KubeApi, ref: Ref, live: LiveManifest | undefined): CloudError {
  const what = live === undefined ? "is not there" : "is being deleted";
  const remedy = "deliver the mesh (lcloud sync), then run lcloud post-sync again";
  return new CloudError("NOT_DELIVERED", `${api.cluster}: ${formatRef(ref)} ${what}; ${remedy}`);
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await setTimeout(ms, undefined, { signal });
  } catch (error) {
    // whoever ends the wait is no fault
    if (signal?.aborted !== true) throw error;
  }
}
