import type { ArgoDelivery } from "../model/delivery.ts";
import { MANAGED_BY, MANAGED_BY_LABEL } from "../model/labels.ts";
import type { JsonObject, Manifest } from "../model/manifest.ts";
import { cloudOfGatewayUnit, cloudOfMeshUnit, GATEWAYS_UNIT, MESHES_UNIT } from "../model/units.ts";
import { appProject, UNITS_PROJECT } from "./argocd-project.ts";
import { cloudOfChart, type EngineChart } from "./charts.ts";
import { clusterFolder } from "./repository-path.ts";
import type { EngineUnit } from "./units.ts";

/** Application and project of what `lcloud bootstrap` prints: they may write the units, and nothing else. */
export const ARGO_ROOT = "logical-clouds-root";

/**
 * The Application of one unit. It prunes, puts right what drifts, and takes its objects along when it is deleted, unless
 * the cluster is to be released.
 */
export const argoUnit = (delivery: ArgoDelivery, cluster: string, { name, folder }: EngineUnit): Manifest =>
  application(delivery, name, {
    project: UNITS_PROJECT,
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
    project: UNITS_PROJECT,
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
  appProject(
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

function application(
  delivery: ArgoDelivery,
  name: string,
  { project, source, namespace: destination, finalizers, wave = 0, ...sync }: ApplicationFields,
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
      project,
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
