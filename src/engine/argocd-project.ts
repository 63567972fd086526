import { ZONE_GUARD } from "../dns/admission-policy.ts";
import { type Kind, USUAL_KINDS } from "../model/cloud-kinds.ts";
import type { ArgoDelivery } from "../model/delivery.ts";
import { isNamespacedKind } from "../model/kinds.ts";
import { MANAGED_BY, MANAGED_BY_LABEL } from "../model/labels.ts";
import type { Manifest } from "../model/manifest.ts";
import { groupOf } from "../model/ref.ts";
import { chartKinds, type EngineChart } from "./charts.ts";
import { type AllowedKind, type AllowedKinds, MESH_KINDS } from "./lasting-kinds.ts";

/** The project of the units' Applications. */
export const UNITS_PROJECT = "logical-clouds";

/**
 * The AppProject of the units: exactly the kinds that are rendered, so that nothing else gets into the cluster this way.
 *
 * @param others - Objects of further kinds.
 * @param charts - What Argo CD installs by itself.
 * @see https://argo-cd.readthedocs.io/en/stable/operator-manual/project-specification/
 */
export function argoProject(
  delivery: ArgoDelivery,
  others: readonly Manifest[],
  charts: readonly EngineChart[],
): Manifest {
  const inNamespaces = others.filter(({ metadata }) => metadata.namespace !== undefined);
  const clusterScoped = others.filter(({ metadata }) => metadata.namespace === undefined);
  const ofCharts = chartKinds(charts);
  const sources = [delivery.pullUrl, ...charts.map(({ release }) => release.repository)];
  return appProject(
    delivery,
    { name: UNITS_PROJECT, destination: "*", sources },
    {
      clusterScoped: [
        ...allowedKinds(false),
        ...ofCharts.clusterScoped,
        ...MESH_KINDS.clusterScoped,
        ...ZONE_GUARD.map(({ name, ...kind }) => ({ ...kindOf(kind), name })),
        ...clusterScoped.map((manifest) => ({ ...kindOf(manifest), name: asGlob(manifest.metadata.name) })),
      ],
      namespaced: [
        ...allowedKinds(true),
        ...ofCharts.namespaced,
        ...MESH_KINDS.namespaced,
        ...inNamespaces.map(kindOf),
      ],
    },
  );
}

/**
 * What every cloud may hold, of any name: Argo CD deletes nothing that its project no longer allows, so a binding of a
 * user's own would outlive the last mention of its name, and give access. Names would keep nobody out either, since
 * RoleBindings are allowed everywhere.
 */
const allowedKinds = (areNamespaced: boolean): readonly AllowedKind[] =>
  USUAL_KINDS.filter((kind) => isNamespacedKind(kind) === areNamespaced).map(kindOf);

const kindOf = ({ apiVersion, kind }: Kind): AllowedKind => ({ group: groupOf(apiVersion), kind });

/** Some names may hold what means something in a glob. */
const asGlob = (name: string): string => name.replace(/[*?[\]{}\\]/g, "\\$&");

/** Where a project holds. */
export interface ProjectFields {
  readonly name: string;
  /** Namespace into which it may write, as a glob. */
  readonly destination: string;
  /** From where it may read. */
  readonly sources: readonly string[];
}

/** A project that allows those kinds from those places, and nothing else. */
export function appProject(
  delivery: ArgoDelivery,
  { name, destination, sources }: ProjectFields,
  allowed: AllowedKinds,
): Manifest {
  const { namespace, server } = delivery.engine;
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata: {
      name,
      namespace,
      labels: { [MANAGED_BY_LABEL]: MANAGED_BY },
      // there before the Applications that are in it
      annotations: { "argocd.argoproj.io/sync-wave": "-1" },
    },
    spec: {
      sourceRepos: [...new Set(sources)],
      destinations: [{ server, namespace: destination }],
      clusterResourceWhitelist: sorted(allowed.clusterScoped),
      namespaceResourceWhitelist: sorted(allowed.namespaced),
    },
  };
}

/** Each once, so that the same objects give the same text. */
function sorted(kinds: readonly AllowedKind[]): readonly AllowedKind[] {
  const byKey = new Map(kinds.map((each) => [`${each.group}/${each.kind}/${each.name ?? ""}`, each]));
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
}
