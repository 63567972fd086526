import { findContents } from "../inspect/find-contents.ts";
import { inspectTermination, type LeavingNamespaces } from "../inspect/inspect-termination.ts";
import type { KubeApi } from "../kube-api/kube-api.ts";
import { type Failure, failureOf } from "../model/change.ts";
import { countOf } from "../model/count.ts";
import { CloudError } from "../model/error.ts";
import { refKey, refOf } from "../model/ref.ts";
import type { NamespaceContents } from "../model/termination.ts";
import { findBound, formatBound } from "../post-sync/find-bound.ts";
import type { RenderedCluster } from "../rendered/rendered-cluster.ts";
import type { Termination } from "../rendered/termination.ts";
import type { Stage } from "./clusters.ts";

/** How far a cluster is with a cloud that is led out. */
export interface ClusterTermination {
  readonly cluster: string;
  /** What must come first, each as in `namespace shop was not delivered as leaving`; empty where it is through. */
  readonly pending: readonly string[];
  /** Namespaces in which something lives that goes with them. */
  readonly occupied: readonly NamespaceContents[];
  /** Why the cluster could not be asked. */
  readonly failures: readonly Failure[];
}

/** Whether nobody has access to the cloud any more, and its namespaces may go; then what else is in them. */
export const leavingStage = (termination: Termination): Stage<ClusterTermination> =>
  stageOf(termination, async (api, cluster, namespaces, tell) => {
    const { cloud } = termination;
    tell("looking for access");
    const { bound, unlisted } = await findBound(api, cluster, cloud);
    // where one kind cannot be seen, nobody knows who has access
    for (const { cause } of unlisted) throw cause;
    const manifests = cluster.units.find((unit) => unit.cloud === cloud)?.manifests ?? [];
    const rendered = new Set(manifests.filter(({ kind }) => kind === "Namespace").map(({ metadata }) => metadata.name));
    const pending = [
      // whatever its labels say by now, an agent may delete it
      ...namespaces.foreign
        .filter((name) => rendered.has(name))
        .map((name) => `namespace ${name} is rendered, and not the cloud's there`),
      ...namespaces.unannounced.map((name) => `namespace ${name} was not delivered as leaving`),
      ...meshOf(namespaces),
      ...bound.map((each) => `${formatBound(each)} still gives access`),
    ];
    if (pending.length > 0) return { pending, occupied: [] };
    const ours = new Set(manifests.map((manifest) => refKey(refOf(manifest))));
    const occupied: NamespaceContents[] = [];
    for (const name of namespaces.present) {
      tell(`looking into namespace ${name}`);
      const contents = await findContents(api, name, ours);
      if (contents.kinds.length > 0) occupied.push(contents);
    }
    return { pending, occupied };
  });

/** Whether the cloud and its namespaces are gone. */
export const goneStage = (termination: Termination): Stage<ClusterTermination> =>
  stageOf(termination, async (_, __, { present, deleting, isDelivered, ...others }) => ({
    pending: [
      ...meshOf(others),
      ...present.map((name) => `namespace ${name} ${deleting.includes(name) ? "is being deleted" : "is there"}`),
      ...(present.length === 0 && isDelivered ? [`cloud ${termination.cloud} was not taken out yet`] : []),
    ],
    occupied: [],
  }));

/** It goes with the first step, and its keys with it. */
const meshOf = ({ mesh }: Pick<LeavingNamespaces, "mesh">): readonly string[] =>
  mesh === undefined ? [] : [`namespace ${mesh}, which holds the mesh, is there`];

type Look = (
  api: KubeApi,
  cluster: RenderedCluster,
  namespaces: LeavingNamespaces,
  tell: (step: string) => void,
) => Promise<Pick<ClusterTermination, "pending" | "occupied">>;

function stageOf(termination: Termination, look: Look): Stage<ClusterTermination> {
  const failed = ({ file }: RenderedCluster, failure: Failure): ClusterTermination => ({
    cluster: file.name,
    pending: [],
    occupied: [],
    failures: [failure],
  });
  return {
    name: "terminate",
    work: async (api, cluster, tell) => {
      const names = termination.namespaces[cluster.file.name] ?? [];
      try {
        const namespaces = await inspectTermination(api, cluster, termination.cloud, names);
        return { cluster: cluster.file.name, failures: [], ...(await look(api, cluster, namespaces, tell)) };
      } catch (error) {
        if (!(error instanceof CloudError)) throw error;
        return failed(cluster, failureOf(error, api.cluster));
      }
    },
    unconnected: failed,
    summarize: ({ pending, occupied, failures }) => ({
      failed: failures.length > 0,
      text:
        failures.map(({ code }) => code).join("; ") ||
        (pending.length > 0 ? `${pending.length} to wait for` : "") ||
        (occupied.length > 0 ? `${countOf(occupied.length, "namespace")} in use` : "nothing to wait for"),
    }),
  };
}
