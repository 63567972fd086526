import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { mergePatch } from "./api.ts";
import type { LabCluster } from "./cluster.ts";
import { chartSources, repositorySources } from "./flux-charts.ts";
import { gitSources } from "./flux-git.ts";
import { ociSources } from "./flux-oci.ts";
import { get } from "./https-get.ts";

/** What plays source-controller. */
export interface Sources {
  stop(): Promise<void>;
}

/** A kind of Flux's sources, and how its objects are read. */
export interface SourceKind {
  readonly plural: string;
  /** The reason of a condition that tells a failure. */
  readonly failure: string;
  /** What the object means now; throws what its condition is to say. */
  readonly resolve: (cluster: LabCluster, source: SourceObject) => Promise<Resolved>;
}

/** What a source points to. */
export interface Resolved {
  /** As Flux writes it: `main@sha1:<commit>`, `v1@sha256:<manifest>`. */
  readonly revision: string;
  /** Of the content: a commit, a manifest's digest without its algorithm. */
  readonly id: string;
  /** The content as .tar.gz. */
  readonly fetch: () => Promise<Buffer>;
}

/** A source, or a HelmChart, of any namespace. */
export interface SourceObject {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly generation: number;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly url: string;
    readonly ref?: { readonly branch?: string; readonly tag?: string; readonly digest?: string };
    readonly secretRef?: { readonly name: string };
    readonly layerSelector?: { readonly mediaType?: string };
    readonly suspend?: boolean;
    readonly chart?: string;
    readonly version?: string;
  };
  readonly status?: SourceStatus;
}

interface SourceStatus {
  readonly observedGeneration?: number;
  readonly artifact?: { readonly revision: string };
  readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message: string }[];
  readonly lastHandledReconcileAt?: string | undefined;
}

/** Where artefacts are served, by their path. */
interface Artifacts {
  readonly url: string;
  readonly contents: Map<string, Buffer>;
}

const API = "/apis/source.toolkit.fluxcd.io/v1";
const POLL_INTERVAL_MS = 250;
const REQUESTED_AT = "reconcile.fluxcd.io/requestedAt";

/**
 * Follow the sources and HelmCharts of a cluster: serve what they point to as Flux's artefacts, over HTTP on
 * loopback, and write their status. What fails is told in the status; a cluster that does not answer is asked again.
 *
 * @param folder - For what is fetched; its owner's to remove.
 * @see https://fluxcd.io/flux/components/source/gitrepositories/#gitrepository-status
 */
export async function serveSources(cluster: LabCluster, folder: string): Promise<Sources> {
  const contents = new Map<string, Buffer>();
  const server = createServer(({ url = "/" }, response) => {
    const content = contents.get(url.slice(1));
    response.writeHead(content === undefined ? 404 : 200).end(content);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const artifacts = { url: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`, contents };
  const ending = new AbortController();
  const kinds = [gitSources(folder), ociSources, repositorySources, chartSources(folder)];
  const following = Promise.all(kinds.map((kind) => follow(cluster, kind, artifacts, ending.signal)));
  return {
    stop: async () => {
      ending.abort();
      await following;
      server.close();
      server.closeAllConnections();
    },
  };
}

async function follow(cluster: LabCluster, kind: SourceKind, artifacts: Artifacts, ending: AbortSignal): Promise<void> {
  while (!ending.aborted) {
    const list = await get(cluster.admin, `${API}/${kind.plural}`);
    const sources: readonly SourceObject[] = list?.status === 200 ? JSON.parse(list.body).items : [];
    const active = sources.filter(({ spec }) => spec.suspend !== true);
    // what fails here is the cluster, which is asked again
    await Promise.allSettled(active.map((source) => reconcile(cluster, kind, artifacts, source)));
    await sleep(POLL_INTERVAL_MS, undefined, { signal: ending }).catch(() => {});
  }
}

async function reconcile(
  cluster: LabCluster,
  kind: SourceKind,
  artifacts: Artifacts,
  source: SourceObject,
): Promise<void> {
  const { namespace, name, generation, annotations } = source.metadata;
  const wanted = await store(cluster, kind, artifacts, source).catch((error: unknown) => ({
    conditions: [condition("False", kind.failure, error instanceof Error ? error.message : String(error))],
  }));
  const status = { ...wanted, observedGeneration: generation, lastHandledReconcileAt: annotations?.[REQUESTED_AT] };
  if (isTold(source.status, status)) return;
  await mergePatch(cluster, `${API}/namespaces/${namespace}/${kind.plural}/${name}/status`, { status });
}

async function store(
  cluster: LabCluster,
  kind: SourceKind,
  { url, contents }: Artifacts,
  source: SourceObject,
): Promise<SourceStatus> {
  const { revision, id, fetch } = await kind.resolve(cluster, source);
  const path = `${kind.plural}/${source.metadata.namespace}/${source.metadata.name}/${id}.tar.gz`;
  const content = contents.get(path) ?? (await fetch());
  contents.set(path, content);
  const artifact = {
    path,
    url: `${url}/${path}`,
    revision,
    digest: `sha256:${createHash("sha256").update(content).digest("hex")}`,
    lastUpdateTime: now(),
    size: content.length,
  };
  const message = `stored artifact for revision '${revision}'`;
  return { artifact, conditions: [condition("True", "Succeeded", message)] };
}

/** Whether the status says so already, but for its times. */
function isTold(status: SourceStatus | undefined, wanted: SourceStatus): boolean {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  const [wantedReady] = wanted.conditions ?? [];
  return (
    status?.observedGeneration === wanted.observedGeneration &&
    status?.lastHandledReconcileAt === wanted.lastHandledReconcileAt &&
    ready?.status === wantedReady?.status &&
    ready?.message === wantedReady?.message
  );
}

const condition = (status: "True" | "False", reason: string, message: string) => ({
  type: "Ready",
  status,
  reason,
  message,
  lastTransitionTime: now(),
});

/** RFC 3339 without fractions, as Kubernetes has it. */
const now = (): string => new Date().toISOString().replace(/\.\d+/, "");
