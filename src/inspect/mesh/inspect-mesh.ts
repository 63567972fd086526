import type { KubeApi } from "../../kube-api/kube-api.ts";
import { checkMeshConfig, essentialConfig, meshConfigsIn } from "../../mesh/mesh-config.ts";
import { meshConfigName } from "../../mesh/names.ts";
import type { RootState } from "../../mesh/root-state.ts";
import { describeRotation } from "../../mesh/rotation.ts";
import type { Failure } from "../../model/change.ts";
import type { Delivery } from "../../model/delivery.ts";
import type { JsonObject, Manifest } from "../../model/manifest.ts";
import type { MeshStatus, RemoteStatus } from "../../model/mesh-status.ts";
import type { MeshedCloud } from "../../rendered/meshed-clouds.ts";
import { parseYaml } from "../../rendered/parse-yaml.ts";
import { attempt, type Seen } from "./attempt.ts";
import { controlPlaneOf } from "./control-plane.ts";
import { judgeGateway } from "./gateway.ts";
import { installerRef, installerRemark } from "./installer.ts";
import { type LiveMesh, readMesh } from "./live-mesh.ts";
import { readRemotes } from "./remotes.ts";
import { type FoundRoots, judgeRoots } from "./roots.ts";
import { judgeTrust } from "./trust.ts";

/** What a mesh is held against. */
export interface MeshCriteria {
  readonly cloud: MeshedCloud;
  readonly delivery: Delivery;
  /** What dist/ has of the cloud on this cluster. */
  readonly manifests: readonly Manifest[];
  /** The clusters of the mesh, this one among them. */
  readonly members: readonly string[];
  /** Whom the key store wants to be trusted; undefined where it has no root for the cloud. */
  readonly state: RootState | undefined;
  /** PEM of root certificates by namespace. */
  readonly roots: Seen<ReadonlyMap<string, string>>;
  readonly now: Date;
}

/**
 * Look how a mesh stands on a cluster. Whether the tokens for other clusters work is not seen there.
 *
 * @throws {@link CloudError} that concerns the whole cluster.
 */
export async function inspectMesh(api: KubeApi, criteria: MeshCriteria): Promise<MeshStatus> {
  const { cloud, members, state, now } = criteria;
  const failures: Failure[] = [];
  const live = await readMesh(api, cloud.name, failures);
  const { istiod, remotes: ofRemotes } = live;
  const wanted = cloud.mesh.version;
  const controlPlane = istiod.isSeen ? controlPlaneOf(wanted, istiod.value) : { state: "unknown" as const, wanted };
  const isAvailable = controlPlane.state === "available";
  const installer = isAvailable ? [] : await readInstaller(api, criteria, failures);
  const remotes = await attempt(api, failures, async () =>
    ofRemotes.isSeen ? readRemotes(api, cloud.name, members, ofRemotes.value) : membersUnseen(members),
  );
  const roots = criteria.roots.isSeen ? judgeRoots(cloud.name, cloud.mesh, criteria.roots.value) : UNSEEN_ROOTS;
  const trust = judgeTrust(cloud, live, { served: roots.own, state, now });
  const gateway = judgeGateway(cloud.name, live, isAvailable);
  const rotation = state === undefined ? undefined : describeRotation(state);
  return {
    controlPlane,
    authority: trust.authority,
    gateway: gateway.status,
    remotes: remotes.isSeen ? remotes.value : membersUnseen(members),
    roots: roots.roots,
    ...(rotation === undefined ? {} : { rotation }),
    alarms: [...trust.alarms, ...configFaults(criteria, live), ...roots.alarms],
    remarks: [
      ...installer,
      ...trust.remarks,
      ...gateway.remarks,
      ...(isAvailable ? roots.remarks : []),
      ...live.refusals.map((refusal) => `${refusal}; it takes the role read-mesh`),
    ],
    failures,
  };
}

const UNSEEN_ROOTS: FoundRoots = { roots: { missing: [], foreign: [], beyond: [] }, alarms: [], remarks: [] };

const membersUnseen = (members: readonly string[]): readonly RemoteStatus[] =>
  members.map((cluster) => ({ cluster, state: "unknown", token: "unknown" }));

async function readInstaller(
  api: KubeApi,
  { cloud, delivery }: MeshCriteria,
  failures: Failure[],
): Promise<readonly string[]> {
  const ref = installerRef(cloud.name, cloud.mesh, delivery);
  if (ref === undefined) return [];
  const seen = await attempt(api, failures, () => api.get(ref));
  return seen.isSeen ? [installerRemark(ref, seen.value)] : [];
}

/** istiod is ready without a mesh config too, and then looks after everybody. */
function configFaults({ cloud, manifests }: MeshCriteria, { meshConfig, istiod }: LiveMesh): readonly string[] {
  if (!meshConfig.isSeen || !istiod.isSeen || istiod.value === undefined) return [];
  const name = `ConfigMap/${meshConfigName(cloud.name)}`;
  const remedy = "istiod takes its defaults and looks after every namespace; run lcloud sync";
  if (meshConfig.value === undefined) return [`${name} is not there: ${remedy}`];
  const { mesh: text = "" } = (meshConfig.value["data"] ?? {}) as { readonly mesh?: string };
  const rendered = meshConfigsIn(cloud.name, manifests).map((each) => (parseYaml(each) ?? {}) as JsonObject);
  const wanted = Object.assign({}, ...rendered, essentialConfig(cloud.name, cloud.mesh.trustDomain)) as JsonObject;
  return checkMeshConfig(text, wanted).map((fault) => `${name}: ${fault}`);
}
