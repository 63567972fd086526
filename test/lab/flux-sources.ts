import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { mergePatch } from "./api.ts";
import type { LabCluster } from "./cluster.ts";
import { archiveBranch, type GitSource, readTip } from "./git-archive.ts";
import { get } from "./https-get.ts";

/** What plays source-controller. */
export interface Sources {
  stop(): Promise<void>;
}

interface GitRepository {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly generation: number;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly url: string;
    readonly ref?: { readonly branch?: string };
    readonly secretRef?: { readonly name: string };
    readonly suspend?: boolean;
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly artifact?: { readonly revision: string };
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message: string }[];
    readonly lastHandledReconcileAt?: string;
  };
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
 * Follow the GitRepositories of a cluster: serve their branches as Flux's artefacts, over HTTP on loopback, and write
 * their status. What fails is told in the status; a cluster that does not answer is asked again.
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
  const following = follow(cluster, folder, artifacts, ending.signal);
  return {
    stop: async () => {
      ending.abort();
      await following;
      server.close();
      server.closeAllConnections();
    },
  };
}

async function follow(cluster: LabCluster, folder: string, artifacts: Artifacts, ending: AbortSignal): Promise<void> {
  while (!ending.aborted) {
    const list = await get(cluster.admin, `${API}/gitrepositories`);
    const repositories: readonly GitRepository[] = list?.status === 200 ? JSON.parse(list.body).items : [];
    const active = repositories.filter(({ spec }) => spec.suspend !== true);
    // what fails here is the cluster, which is asked again
    await Promise.allSettled(active.map((repository) => reconcile(cluster, folder, artifacts, repository)));
    await sleep(POLL_INTERVAL_MS, undefined, { signal: ending }).catch(() => {});
  }
}

async function reconcile(
  cluster: LabCluster,
  folder: string,
  artifacts: Artifacts,
  repository: GitRepository,
): Promise<void> {
  const { namespace, name } = repository.metadata;
  const patch = await wantedStatus(cluster, folder, artifacts, repository).catch((error: unknown) => ({
    conditions: [condition("False", "GitOperationFailed", error instanceof Error ? error.message : String(error))],
  }));
  if (isTold(repository, patch)) return;
  await mergePatch(cluster, `${API}/namespaces/${namespace}/gitrepositories/${name}/status`, {
    status: { ...patch, ...acknowledgement(repository) },
  });
}

async function wantedStatus(
  cluster: LabCluster,
  folder: string,
  { url, contents }: Artifacts,
  repository: GitRepository,
): Promise<NonNullable<GitRepository["status"]>> {
  const { namespace, name } = repository.metadata;
  const source = await sourceOf(cluster, repository);
  const tip = await readTip(source);
  const revision = `${source.branch}@${tip.length === 40 ? "sha1" : "sha256"}:${tip}`;
  const path = `gitrepository/${namespace}/${name}/${tip}.tar.gz`;
  const content = contents.get(path) ?? (await archiveBranch(source, tip, join(folder, `${namespace}.${name}.git`)));
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

async function sourceOf(cluster: LabCluster, { metadata, spec }: GitRepository): Promise<GitSource> {
  const branch = spec.ref?.branch ?? "master";
  if (spec.secretRef === undefined) return { url: spec.url, branch };
  const secret = await get(cluster.admin, `/api/v1/namespaces/${metadata.namespace}/secrets/${spec.secretRef.name}`);
  if (secret?.status !== 200) throw new Error(`secret ${spec.secretRef.name} not found`);
  const { username = "", password = "" } = JSON.parse(secret.body).data ?? {};
  const decode = (value: string): string => Buffer.from(value, "base64").toString("utf8");
  return { url: spec.url, branch, credential: { username: decode(username), password: decode(password) } };
}

/** Whether the status says so already. */
function isTold({ metadata, status }: GitRepository, wanted: NonNullable<GitRepository["status"]>): boolean {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  const [wantedReady] = wanted.conditions ?? [];
  return (
    status?.observedGeneration === metadata.generation &&
    status.lastHandledReconcileAt === metadata.annotations?.[REQUESTED_AT] &&
    ready?.status === wantedReady?.status &&
    ready?.message === wantedReady?.message
  );
}

const acknowledgement = ({ metadata }: GitRepository) => ({
  observedGeneration: metadata.generation,
  lastHandledReconcileAt: metadata.annotations?.[REQUESTED_AT],
});

const condition = (status: "True" | "False", reason: string, message: string) => ({
  type: "Ready",
  status,
  reason,
  message,
  lastTransitionTime: now(),
});

/** RFC 3339 without fractions, as Kubernetes has it. */
const now = (): string => new Date().toISOString().replace(/\.\d+/, "");
