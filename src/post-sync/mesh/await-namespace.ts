import type { KubeApi } from "../../kube-api/kube-api.ts";
import { meshNamespace } from "../../mesh/names.ts";
import { CloudError } from "../../model/error.ts";
import type { LiveManifest } from "../../model/manifest.ts";
import { describeOwner, isLabelledFor } from "../../model/owner.ts";
import { formatRef, type Ref } from "../../model/ref.ts";
import { mayPass, type PollOptions, poll } from "../poll.ts";

/** How long post-sync has for what agents bring, and whom it tells. */
export interface MeshWait extends PollOptions {
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
  const ref: Ref = { apiVersion: "v1", kind: "Namespace", name: meshNamespace(cloud) };
  const found = await poll(async (isLast) => {
    const live = await lookAt(api, ref, isLast);
    if (live !== undefined && live.metadata.deletionTimestamp === undefined) return live;
    if (isLast) throw notThere(api, ref, live);
    wait.tell(`waits for ${formatRef(ref)}`);
    return undefined;
  }, wait);
  if (found !== undefined) checkNamespace(api, cloud, found);
}

/** An API server that is gone for a while is asked again, if there is time. */
async function lookAt(api: KubeApi, ref: Ref, isLast: boolean): Promise<LiveManifest | undefined> {
  try {
    return await api.get(ref);
  } catch (error) {
    if (isLast || !mayPass(error)) throw error;
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
