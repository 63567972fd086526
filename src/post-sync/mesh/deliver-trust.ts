import type { MeshStore } from "../../keys/mesh-store.ts";
import { cacertsFor, type MeshTrust } from "../../keys/mesh-trust.ts";
import type { KubeApi } from "../../kube-api/kube-api.ts";
import { type Cacerts, liveRootsOf, secretDataOf } from "../../mesh/bundle.ts";
import type { CloudMesh } from "../../mesh/cloud-mesh.ts";
import { rootsToWrite } from "../../mesh/live-trust.ts";
import { meshMeta } from "../../mesh/mesh-object.ts";
import { CACERTS, istiodName, meshNamespace, SELF_SIGNED } from "../../mesh/names.ts";
import { type RootState, unseen } from "../../mesh/root-state.ts";
import { hasFallenBack } from "../../mesh/rotation.ts";
import { CloudError } from "../../model/error.ts";
import type { LiveManifest, Manifest } from "../../model/manifest.ts";
import { formatRef } from "../../model/ref.ts";
import { retryConflicts } from "../dns/retry-conflicts.ts";
import { awaitNamespace, type MeshWait } from "./await-namespace.ts";
import { authorityOf } from "./look-at-trust.ts";
import type { TrustOutcome } from "./mesh-report.ts";
import { dataOf, isOwn, secretRef, writeOwn } from "./own-secret.ts";

/** What a cluster is to have of a cloud's trust. */
export interface ClusterTrust {
  readonly cacerts: Cacerts;
  readonly state: RootState;
  /** Remember that the wait of a change of root begins again. */
  readonly waitAgain: () => Promise<unknown>;
}

/** What a cluster is to have by what the key store has found. @throws {@link CloudError} `KEY_STORE` */
export const clusterTrust = (store: MeshStore, cloud: string, trust: MeshTrust, cluster: string): ClusterTrust => ({
  cacerts: cacertsFor(trust, cluster),
  state: trust.state,
  waitAgain: () => store.saveState(cloud, trust.state, unseen(trust.state)),
});

/** By whom a cluster's authority is told; it has looked whether it is due to be renewed. */
export type FindTrust = (cloud: string) => Promise<ClusterTrust | undefined>;

/** Others may come in between for so long, in milliseconds. */
const CONFLICT_MS = 30_000;

/**
 * Put the authority of a cloud's control plane into a cluster, as soon as its namespace is there.
 *
 * @param findTrust - undefined for a cloud that has no root in the key store.
 * @throws {@link CloudError} `TRUST_REFUSED` where workloads would stop trusting each other, or do not already;
 * `NOT_OURS`; as {@link awaitNamespace}. What is live is left as it is then.
 */
export async function deliverTrust(
  api: KubeApi,
  cloud: string,
  { trust }: Pick<CloudMesh, "trust">,
  findTrust: FindTrust,
  wait: MeshWait,
): Promise<TrustOutcome> {
  await awaitNamespace(api, cloud, wait);
  await refuseSelfSigned(api, cloud);
  if (trust !== "post-sync") return (await readCacerts(api, cloud)) === undefined ? "missing" : "theirs";
  return retryConflicts(CONFLICT_MS, () => putCacerts(api, cloud, findTrust));
}

async function putCacerts(api: KubeApi, cloud: string, findTrust: FindTrust): Promise<TrustOutcome> {
  // what is live first: whoever rotates meanwhile has remembered it before it was written, so nothing older goes over it
  const live = await readCacerts(api, cloud);
  const wanted = await findTrust(cloud);
  if (wanted === undefined) throw unknownRoot(api, cloud, live);
  const liveRoots = live === undefined ? "" : liveRootsOf(dataOf(live));
  const roots = rootsToWrite(wanted.state, liveRoots);
  const isForeign = live !== undefined && !isOwn(live, cloud);
  if ("refusal" in roots) {
    if (isForeign) throw strangeRoot(api, cloud, `move mesh/${cloud} out of the state folder, which has another, and `);
    throw new CloudError("TRUST_REFUSED", `${api.cluster}: mesh of ${cloud}: ${roots.refusal}`);
  }
  if (isForeign && !holds(live, wanted.cacerts, liveRoots)) throw foreign(api, cloud);
  if (live !== undefined && hasFallenBack(wanted.state, authorityOf(live))) await wanted.waitAgain();
  const cacerts = { ...wanted.cacerts, rootCert: roots.roots };
  if (live !== undefined && holds(live, cacerts, cacerts.rootCert)) return "kept";
  const written = await writeOwn(api, cloud, live, cacertsManifest(cloud, secretDataOf(cacerts)));
  return written === "created" ? "created" : "renewed";
}

const cacertsManifest = (cloud: string, data: Readonly<Record<string, string>>): Manifest => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: meshMeta(cloud, CACERTS),
  type: "Opaque",
  data,
});

/** Whether istiod reads there what we would write, whoever has written it. */
function holds(live: LiveManifest, cacerts: Cacerts, rootCert: string): boolean {
  const there = dataOf(live);
  return Object.entries(secretDataOf({ ...cacerts, rootCert })).every(([key, value]) => there[key] === value);
}

/** A second root would be trusted by nobody in the other clusters. */
function unknownRoot(api: KubeApi, cloud: string, live: LiveManifest | undefined): CloudError {
  const { cluster } = api;
  const ref = formatRef(cacertsRef(cloud));
  if (live === undefined) {
    const remedy = `make one (lcloud enroll ${cloud}), or use the state folder that has it`;
    return new CloudError("KEY_STORE", `${cluster}: the state folder has no root for the mesh of ${cloud}; ${remedy}`);
  }
  if (!isOwn(live, cloud)) return strangeRoot(api, cloud);
  const what = "was made with a root that the state folder does not have, and is kept";
  const remedy = `use the state folder that made it, or ${bringRoot(cloud)}`;
  return new CloudError("TRUST_REFUSED", `${cluster}: ${ref} ${what}; ${remedy}`);
}

/** Nobody can renew below a root without its key, and without that root workloads would be cut off. */
function strangeRoot({ cluster }: KubeApi, cloud: string, before = ""): CloudError {
  const what = "was not written by lcloud, has a root that the state folder does not have, and is kept";
  const otherwise = `if nobody can, delete it in every cluster at once, run lcloud post-sync, and restart ${istiodName(cloud)} and all workloads`;
  const remedy = `${before}${bringRoot(cloud)}; ${otherwise}`;
  return new CloudError("TRUST_REFUSED", `${cluster}: ${formatRef(cacertsRef(cloud))} ${what}; ${remedy}`);
}

const bringRoot = (cloud: string): string =>
  `bring that root with its key (lcloud enroll ${cloud} --mesh-root-cert FILE --mesh-root-key FILE)`;

/** Of the root that is wanted: nobody is cut off by taking it away, and istiod takes over the next one as it runs. */
function foreign({ cluster }: KubeApi, cloud: string): CloudError {
  const what = "was not written by lcloud, and is kept";
  const remedy = "once nobody else makes it, delete it and run lcloud post-sync";
  return new CloudError("NOT_OURS", `${cluster}: ${formatRef(cacertsRef(cloud))} ${what}; ${remedy}`);
}

/** What an istiod leaves that found no authority: its workloads trust nobody in the other clusters. */
async function refuseSelfSigned(api: KubeApi, cloud: string): Promise<void> {
  const ref = secretRef(meshNamespace(cloud), SELF_SIGNED);
  if ((await api.get(ref)) === undefined) return;
  const what = "says that a control plane has signed for itself, so the workloads trust what no other cluster does";
  const remedy = "delete it, run lcloud post-sync, then restart istiod, the gateway and the workloads";
  throw new CloudError("TRUST_REFUSED", `${api.cluster}: ${formatRef(ref)} ${what}; ${remedy}`);
}

const cacertsRef = (cloud: string) => secretRef(meshNamespace(cloud), CACERTS);

const readCacerts = (api: KubeApi, cloud: string): Promise<LiveManifest | undefined> => api.get(cacertsRef(cloud));
