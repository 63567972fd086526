import { ZONE_GUARD } from "../dns/admission-policy.ts";
import { type Kind, USUAL_KINDS } from "../model/cloud-kinds.ts";
import type { ArgoDelivery } from "../model/delivery.ts";
import { isNamespacedKind } from "../model/kinds.ts";
import { MANAGED_BY, MANAGED_BY_LABEL } from "../model/labels.ts";
import type { Manifest } from "../model/manifest.ts";
import { groupOf } from "../model/ref.ts";
import { clusterFolder } from "./repository-path.ts";
import type { EngineUnit } from "./units.ts";

/** The project of the units' Applications. */
const PROJECT = "logical-clouds";

/** Application and project of what `lcloud bootstrap` prints: they may write the units, and nothing else. */
export const ARGO_ROOT = "logical-clouds-root";

/** Kind of an object. */
interface AllowedKind {
  readonly group: string;
  readonly kind: string;
  /** The name that it must have, as a glob. */
  readonly name?: string;
}

/**
 * What every cloud may hold, of any name: Argo CD deletes nothing that its project no longer allows, so a binding of a
 * user's own would outlive the last mention of its name, and give access. Names would keep nobody out either, since
 * RoleBindings are allowed everywhere.
 */
const allowedKinds = (areNamespaced: boolean): readonly AllowedKind[] =>
  USUAL_KINDS.filter((kind) => isNamespacedKind(kind) === areNamespaced).map(kindOf);

const kindOf = ({ apiVersion, kind }: Kind): AllowedKind => ({ group: groupOf(apiVersion), kind });

/**
 * The AppProject of the units: exactly the kinds that are rendered, so that nothing else gets into the cluster this way.
 *
 * @param others - Objects of further kinds.
 * @see https://argo-cd.readthedocs.io/en/stable/operator-manual/project-specification/
 */
export function argoProject(delivery: ArgoDelivery, others: readonly Manifest[]): Manifest {
  const inNamespaces = others.filter(({ metadata }) => metadata.namespace !== undefined);
  const clusterScoped = others.filter(({ metadata }) => metadata.namespace === undefined);
  return project(delivery, PROJECT, "*", {
    clusterScoped: [
      ...allowedKinds(false),
      ...ZONE_GUARD.map(({ name, ...kind }) => ({ ...kindOf(kind), name })),
      ...clusterScoped.map((manifest) => ({ ...kindOf(manifest), name: asGlob(manifest.metadata.name) })),
    ],
    namespaced: [...allowedKinds(true), ...inNamespaces.map(kindOf)],
  });
}

/** Some names may hold what means something in a glob. */
const asGlob = (name: string): string => name.replace(/[*?[\]{}\\]/g, "\\$&");

/**
 * The Application of one unit. It prunes, puts right what drifts, and takes its objects along when it is deleted, unless
 * the cluster is to be released.
 */
export const argoUnit = (delivery: ArgoDelivery, cluster: string, { name, folder }: EngineUnit): Manifest =>
  application(delivery, name, {
    project: PROJECT,
    path: `${clusterFolder(delivery.path, cluster)}/${folder}`,
    finalizers: delivery.engine.release === undefined ? ["resources-finalizer.argocd.argoproj.io"] : [],
  });

/**
 * What an operator applies once: an Application that holds the units, in a project that allows it nothing else. When it is
 * deleted, the units stay.
 */
export const argoBootstrap = (delivery: ArgoDelivery, cluster: string): readonly Manifest[] => [
  project(delivery, ARGO_ROOT, delivery.engine.namespace, {
    clusterScoped: [],
    namespaced: ["Application", "AppProject"].map((kind) => ({ group: "argoproj.io", kind })),
  }),
  application(delivery, ARGO_ROOT, {
    project: ARGO_ROOT,
    path: `${clusterFolder(delivery.path, cluster)}/argo`,
    // without one, Argo CD refuses it: the project allows no other
    namespace: delivery.engine.namespace,
    finalizers: [],
  }),
];

interface Allowed {
  readonly clusterScoped: readonly AllowedKind[];
  /** Never left out: to Argo CD that would be all of them. */
  readonly namespaced: readonly AllowedKind[];
}

function project(delivery: ArgoDelivery, name: string, destination: string, allowed: Allowed): Manifest {
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
      sourceRepos: [delivery.pullUrl],
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

function application(
  delivery: ArgoDelivery,
  name: string,
  { project: projectName, path, namespace: destination, finalizers }: ApplicationFields,
): Manifest {
  const { namespace, server } = delivery.engine;
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: {
      name,
      namespace,
      labels: { [MANAGED_BY_LABEL]: MANAGED_BY },
      ...(finalizers.length === 0 ? {} : { finalizers }),
    },
    spec: {
      project: projectName,
      source: {
        repoURL: delivery.pullUrl,
        targetRevision: delivery.branch,
        path,
        directory: { recurse: true },
      },
      destination: { server, ...(destination === undefined ? {} : { namespace: destination }) },
      syncPolicy: {
        automated: { prune: true, selfHeal: true },
        syncOptions: ["ServerSideApply=true"],
        retry: { limit: 5, refresh: true, backoff: { duration: "10s", factor: 2, maxDuration: "3m" } },
      },
    },
  };
}

interface ApplicationFields {
  readonly project: string;
  /** Folder of the repository. */
  readonly path: string;
  /** Of what it applies. */
  readonly namespace?: string;
  readonly finalizers: readonly string[];
}
