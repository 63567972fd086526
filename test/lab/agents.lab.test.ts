import { afterAll, beforeAll, expect, test } from "vitest";
import { applyManifests } from "./api.ts";
import { type ArgoCd, startArgoCd } from "./argocd.ts";
import type { LabCluster } from "./cluster.ts";
import { type Lab, startLab } from "./clusters.ts";
import { type Flux, startFlux } from "./flux.ts";
import { type GitServer, type ServedRepository, startGitServer } from "./git-server.ts";
import { get } from "./https-get.ts";
import { pushArtifact } from "./oci-artifact.ts";
import { hasRedis } from "./redis.ts";
import { hasRegistry, startRegistry } from "./registry.ts";
import { waitFor } from "./wait.ts";

/** What .ci/run installs; without it the rest is tested. */
const withArgoCd = await hasRedis();
const withRegistry = await hasRegistry();

const CREDENTIAL = { username: "agent", password: "secret" };

let lab: Lab<"flux" | "argo">;
let server: GitServer;
let flux: Flux;
let argocd: ArgoCd | undefined;

beforeAll(async () => {
  lab = await startLab([{ name: "flux" }, { name: "argo" }]);
  server = await startGitServer();
  flux = await startFlux(lab.clusters.flux);
  argocd = withArgoCd ? await startArgoCd(lab.clusters.argo) : undefined;
});

afterAll(async () => {
  await argocd?.stop();
  await flux?.stop();
  await server?.stop();
  await lab?.stop();
});

test("Flux applies what is committed, and prunes what is removed", async () => {
  const { flux: cluster } = lab.clusters;
  const fleet = await server.createRepository("flux", { credential: CREDENTIAL });
  await fleet.commit({ "dist/a.yaml": configMap("a", "1"), "dist/b.yaml": configMap("b", "1") });
  await applyManifests(cluster, [
    { ...secret("fleet", flux.namespace), stringData: CREDENTIAL },
    gitRepository(fleet, { secretRef: { name: "fleet" } }),
    kustomization("lc-cluster"),
  ]);
  await reach(cluster, "a", "1");
  const tip = await fleet.commit({ "dist/a.yaml": configMap("a", "2"), "dist/b.yaml": undefined });
  await reach(cluster, "a", "2");
  await reach(cluster, "b", undefined);
  const unit = await waitFor(flux.logTail, async () => {
    const found = await read(cluster, `${FLUX}/namespaces/flux-system/kustomizations/lc-cluster`);
    return found?.status?.lastAppliedRevision === `main@sha1:${tip}` ? found : undefined;
  });
  expect(unit.status?.observedGeneration).toBe(unit.metadata.generation);
});

test("a branch that is not there is told in the status of Flux's source", async () => {
  const { flux: cluster } = lab.clusters;
  const empty = await server.createRepository("empty");
  const source = gitRepository(empty);
  await applyManifests(cluster, [{ ...source, metadata: { ...source.metadata, name: "empty" } }]);
  await waitFor("GitOperationFailed", async () => {
    const found = await read(cluster, `${SOURCES}/namespaces/flux-system/gitrepositories/empty`);
    return found?.status?.conditions?.some(({ reason }) => reason === "GitOperationFailed") || undefined;
  });
});

test.skipIf(!withRegistry)("Flux applies what a tag of a registry points to", async () => {
  const { flux: cluster } = lab.clusters;
  await using registry = await startRegistry();
  const source = { kind: "OCIRepository", name: "artefact" };
  await pushArtifact(registry.host, "fleet", "v1", { "dist/a.yaml": configMap("oci", "1") });
  await applyManifests(cluster, [
    {
      apiVersion: "source.toolkit.fluxcd.io/v1",
      kind: source.kind,
      metadata: { name: source.name, namespace: "flux-system" },
      spec: { url: `oci://${registry.host}/fleet`, interval: "60m", ref: { tag: "v1" }, insecure: true },
    },
    kustomization("lc-oci", source),
  ]);
  await reach(cluster, "oci", "1");
  const digest = await pushArtifact(registry.host, "fleet", "v1", { "dist/a.yaml": configMap("oci", "2") });
  await reach(cluster, "oci", "2");
  await waitFor(flux.logTail, async () => {
    const found = await read(cluster, `${FLUX}/namespaces/flux-system/kustomizations/lc-oci`);
    return found?.status?.lastAppliedRevision === `v1@${digest}` || undefined;
  });
});

test.skipIf(!withArgoCd).each(["its address", "the address that it has inside"] as const)(
  "Argo CD applies what is committed to the cluster by %s",
  async (address) => {
    const { argo: cluster } = lab.clusters;
    const destination = address === "its address" ? (argocd?.server ?? "") : "https://kubernetes.default.svc";
    const name = address === "its address" ? "outside" : "inside";
    const fleet = await server.createRepository(name);
    await fleet.commit({ "dist/a.yaml": configMap(name, "1") });
    await applyManifests(cluster, [application(name, fleet.url, destination)]);
    await reach(cluster, name, "1");
    const tip = await fleet.commit({ "dist/a.yaml": configMap(name, "2") });
    await argocd?.refresh(name);
    await reach(cluster, name, "2");
    await waitFor(
      () => argocd?.logTail() ?? "",
      async () => {
        const { status } = (await read(cluster, `${ARGO}/namespaces/argocd/applications/${name}`)) ?? {};
        return (status?.sync?.status === "Synced" && status.sync.revision === tip) || undefined;
      },
    );
  },
);

test.skipIf(!withArgoCd)("Argo CD reads a repository by the credential of its Secret", async () => {
  const { argo: cluster } = lab.clusters;
  const fleet = await server.createRepository("private", { credential: CREDENTIAL });
  await fleet.commit({ "dist/a.yaml": configMap("private", "1") });
  const label = { "argocd.argoproj.io/secret-type": "repository" };
  await applyManifests(cluster, [
    {
      ...secret("repository-private", "argocd", label),
      stringData: { ...CREDENTIAL, type: "git", url: fleet.url },
    },
    application("private", fleet.url, argocd?.server ?? ""),
  ]);
  await reach(cluster, "private", "1");
});

const FLUX = "/apis/kustomize.toolkit.fluxcd.io/v1";
const SOURCES = "/apis/source.toolkit.fluxcd.io/v1";
const ARGO = "/apis/argoproj.io/v1alpha1";

interface LiveObject {
  readonly metadata: { readonly generation?: number };
  readonly data?: Readonly<Record<string, string>>;
  readonly status?: {
    readonly observedGeneration?: number;
    readonly lastAppliedRevision?: string;
    readonly conditions?: readonly { readonly type: string; readonly reason: string }[];
    readonly sync?: { readonly status: string; readonly revision: string };
  };
}

async function read(cluster: LabCluster, path: string): Promise<LiveObject | undefined> {
  const answer = await get(cluster.admin, path);
  return answer?.status === 200 ? JSON.parse(answer.body) : undefined;
}

/** Wait for a ConfigMap's value; undefined waits until there is no ConfigMap. */
async function reach(cluster: LabCluster, name: string, value: string | undefined): Promise<void> {
  const failure = (): string =>
    `ConfigMap/default/${name} is not ${value}\n${cluster.name === "flux" ? flux.logTail() : argocd?.logTail()}`;
  await waitFor(failure, async () => {
    const answer = await get(cluster.admin, `/api/v1/namespaces/default/configmaps/${name}`);
    const found = answer?.status === 200 ? JSON.parse(answer.body).data.value : undefined;
    return (answer !== undefined && found === value) || undefined;
  });
}

const configMap = (name: string, value: string): string =>
  JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "default" }, data: { value } });

const secret = (name: string, namespace: string, labels: Readonly<Record<string, string>> = {}) => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name, namespace, labels },
});

const gitRepository = ({ url }: ServedRepository, spec: object = {}) => ({
  apiVersion: "source.toolkit.fluxcd.io/v1",
  kind: "GitRepository",
  metadata: { name: "fleet", namespace: "flux-system" },
  spec: { url, interval: "60m", ref: { branch: "main" }, ...spec },
});

const kustomization = (name: string, sourceRef: object = { kind: "GitRepository", name: "fleet" }) => ({
  apiVersion: "kustomize.toolkit.fluxcd.io/v1",
  kind: "Kustomization",
  metadata: { name, namespace: "flux-system" },
  spec: { interval: "60m", path: "./dist", prune: true, sourceRef },
});

const application = (name: string, repoURL: string, server: string) => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Application",
  metadata: { name, namespace: "argocd" },
  spec: {
    project: "default",
    source: { repoURL, path: "dist", targetRevision: "main" },
    destination: { server, namespace: "default" },
    syncPolicy: { automated: { prune: true, selfHeal: true } },
  },
});
