import type { LiveManifest } from "../../src/model/manifest.ts";
import type { Ref } from "../../src/model/ref.ts";
import { type ArgoCd, startArgoCd } from "../lab/argocd.ts";
import { type PullingFleet, startPullingFleet } from "./pulling-fleet.ts";
import { outputOf } from "./run.ts";

/** Those of the example that have an Argo CD of their own here. */
export const ARGO_CLUSTERS = ["gke-staging-eu", "k3s-dev-office"] as const;

export type ArgoCluster = (typeof ARGO_CLUSTERS)[number];

/** Two clusters of the example fleet, with the real application controller and repo server, which pull from a git server. */
export interface ArgoFleet extends PullingFleet {
  /** Have a unit, or the root, compare itself with the newest commit, and wait until it has. */
  refresh(cluster: ArgoCluster, application: string): Promise<void>;
  /** Let a unit, or the root, sync by itself, or not. */
  automate(cluster: ArgoCluster, application: string, isAutomated: boolean): Promise<void>;
  /** The last lines of what the agents say. */
  logTail(): string;
}

/** The agent's object of a unit. */
export const applicationRef = (name: string): Ref => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Application",
  namespace: "argocd",
  name,
});

export interface ApplicationStatus {
  readonly conditions?: readonly object[];
  readonly resources: readonly { readonly kind: string; readonly namespace?: string; readonly name: string }[];
  readonly sync: { readonly status: string; readonly revision: string };
  readonly health: { readonly status: string };
  readonly operationState: { readonly phase: string; readonly message: string };
}

export const statusOf = (application: LiveManifest | undefined): ApplicationStatus | undefined =>
  application?.["status"] as ApplicationStatus | undefined;

/** What `lcloud bootstrap` prints is applied; nothing is delivered yet. */
export async function startArgoFleet(): Promise<ArgoFleet> {
  const agents = new Map<string, ArgoCd>();
  const fleet = await startPullingFleet("argocd", ARGO_CLUSTERS, async (cluster) => {
    const agent = await startArgoCd(cluster);
    agents.set(cluster.name, agent);
    return agent;
  });
  return {
    ...fleet,
    refresh: async (cluster, application) => agents.get(cluster)?.refresh(application),
    automate: async (cluster, application, isAutomated) => {
      const automated = isAutomated ? { prune: true, selfHeal: true } : null;
      const patch = JSON.stringify({ spec: { syncPolicy: { automated } } });
      const kubectl = `kubectl --context ${cluster} --namespace argocd`;
      outputOf(await fleet.shell(`${kubectl} patch application ${application} --type merge --patch '${patch}'`));
    },
    logTail: () => [...agents.values()].map((agent) => agent.logTail()).join("\n"),
  };
}
