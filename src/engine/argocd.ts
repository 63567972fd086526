import { ZONE_GUARD } from "../dns/admission-policy.ts";
import { type Kind, USUAL_KINDS } from "../model/cloud-kinds.ts";
import type { ArgoDelivery } from "../model/delivery.ts";
import { isNamespacedKind } from "../model/kinds.ts";
import { MANAGED_BY, MANAGED_BY_LABEL } from "../model/labels.ts";
import type { JsonObject, Manifest } from "../model/manifest.ts";
import { groupOf } from "../model/ref.ts";
import { cloudOfGatewayUnit, cloudOfMeshUnit, GATEWAYS_UNIT, MESHES_UNIT } from "../model/units.ts";
import { chartKinds, cloudOfChart, type EngineChart } from "./charts.ts";
import { type AllowedKind, type AllowedKinds, MESH_KINDS } from "./lasting-kinds.ts";
import { clusterFolder } from "./repository-path.ts";
import type { EngineUnit } from "./units.ts";

/** The project of the units' Applications. */
const PROJECT = "logical-clouds";

/** Application and project of what `lcloud bootstrap` prints: they may write the units, and nothing else. */
export const ARGO_ROOT = "logical-clouds-root";

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
  return project(
    delivery,
    { name: PROJECT, destination: "*", sources },
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

/** Some names may hold what means something in a glob. */
const asGlob = (name: string): string => name.replace(/[*?[\]{}\\]/g, "\\$&");

/**
 * The Application of one unit. It prunes, puts right what drifts, and takes its objects along when it is deleted, unless
 * the cluster is to be released.
 */
export const argoUnit = (delivery: ArgoDelivery, cluster: string, { name, folder }: EngineUnit): Manifest =>
  application(delivery, name, {
    project: PROJECT,
    source: fromRepository(delivery, `${clusterFolder(delivery.path, cluster)}/${folder}`),
    finalizers: finalizersOf(delivery),
    ...(isMesh(name) || isGateway(name) ? PATIENT : {}),
    wave: isGateway(name) ? WAVES.gateway : isMesh(name) ? WAVES.mesh : WAVES.first,
  });

/**
 * The Application of a chart. That of Istio's CRDs leaves them behind, whoever deletes it: with them would go all that is
 * of their kinds, in every cloud.
 */
export const argoChart = (delivery: ArgoDelivery, { name, release, values }: EngineChart): Manifest => {
  const isOfCloud = cloudOfChart(name) !== undefined;
  return application(delivery, name, {
    project: PROJECT,
    source: {
      repoURL: release.repository,
      chart: release.chart,
      targetRevision: release.version,
      helm: { releaseName: release.name, valuesObject: values },
    },
    namespace: release.namespace,
    finalizers: isOfCloud ? finalizersOf(delivery) : [],
    ...PATIENT,
    wave: isOfCloud ? WAVES.chart : WAVES.first,
  });
};

const finalizersOf = ({ engine }: ArgoDelivery): readonly string[] =>
  engine.release === undefined ? ["resources-finalizer.argocd.argoproj.io"] : [];

/** In which order the root makes Applications; it waits for none of them. */
const WAVES = { first: 0, mesh: 1, chart: 2, gateway: 3 };

const isMesh = (name: string): boolean => name === MESHES_UNIT || cloudOfMeshUnit(name) !== undefined;

const isGateway = (name: string): boolean => name === GATEWAYS_UNIT || cloudOfGatewayUnit(name) !== undefined;

/**
 * Of what cannot be applied before something else is there, which may take as long as it likes: Argo CD gives up after a
 * number of attempts, and does not begin anew before the next commit.
 */
const PATIENT = { attempts: -1, syncOptions: ["SkipDryRunOnMissingResource=true"] };

/**
 * What an operator applies once: an Application that holds the units, in a project that allows it nothing else. When it is
 * deleted, the units stay.
 */
export const argoBootstrap = (delivery: ArgoDelivery, cluster: string): readonly Manifest[] => [
  project(
    delivery,
    { name: ARGO_ROOT, destination: delivery.engine.namespace, sources: [delivery.pullUrl] },
    { clusterScoped: [], namespaced: ["Application", "AppProject"].map((kind) => ({ group: "argoproj.io", kind })) },
  ),
  application(delivery, ARGO_ROOT, {
    project: ARGO_ROOT,
    source: fromRepository(delivery, `${clusterFolder(delivery.path, cluster)}/argo`),
    // without one, Argo CD refuses it: the project allows no other
    namespace: delivery.engine.namespace,
    finalizers: [],
  }),
];

interface ProjectFields {
  readonly name: string;
  /** Namespace into which it may write, as a glob. */
  readonly destination: string;
  /** From where it may read. */
  readonly sources: readonly string[];
}

function project(
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

function application(
  delivery: ArgoDelivery,
  name: string,
  { project: projectName, source, namespace: destination, finalizers, wave = 0, ...sync }: ApplicationFields,
): Manifest {
  const { attempts = ATTEMPTS, syncOptions = [] } = sync;
  const { namespace, server } = delivery.engine;
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: {
      name,
      namespace,
      labels: { [MANAGED_BY_LABEL]: MANAGED_BY },
      ...(wave === 0 ? {} : { annotations: { "argocd.argoproj.io/sync-wave": String(wave) } }),
      ...(finalizers.length === 0 ? {} : { finalizers }),
    },
    spec: {
      project: projectName,
      source,
      destination: { server, ...(destination === undefined ? {} : { namespace: destination }) },
      syncPolicy: {
        automated: { prune: true, selfHeal: true },
        syncOptions: ["ServerSideApply=true", ...syncOptions],
        retry: { limit: attempts, refresh: true, backoff: { duration: "10s", factor: 2, maxDuration: "3m" } },
      },
    },
  };
}

interface ApplicationFields {
  readonly project: string;
  readonly source: JsonObject;
  /** Of what it applies. */
  readonly namespace?: string;
  readonly finalizers: readonly string[];
  /** At most, of one revision; -1 for no end. @default {@link ATTEMPTS} */
  readonly attempts?: number;
  readonly syncOptions?: readonly string[];
  /** @default 0 */
  readonly wave?: number;
}

const ATTEMPTS = 5;

/** @param path - Folder of the repository. */
const fromRepository = ({ pullUrl, branch }: ArgoDelivery, path: string): JsonObject => ({
  repoURL: pullUrl,
  targetRevision: branch,
  path,
  directory: { recurse: true },
});
