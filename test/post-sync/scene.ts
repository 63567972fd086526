import { hash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type KeyStore, openKeyStore } from "../../src/keys/key-store.ts";
import { CLOUD_LABEL, MANAGED_BY, MANAGED_BY_LABEL, USERS_NAMESPACE } from "../../src/model/labels.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import type { ClusterAccess } from "../../src/post-sync/cluster-access.ts";
import { openKubeconfigs } from "../../src/post-sync/open-kubeconfigs.ts";
import type { KubeconfigFile } from "../../src/post-sync/user-kubeconfig.ts";
import type { ClusterFile, ClusterIdentity, GrantCredential } from "../../src/rendered/files.ts";
import type { RenderedCloud, RenderedCluster } from "../../src/rendered/rendered-cluster.ts";
import { commonNameOf, keyGroup } from "../../src/x509/identity.ts";
import { createRequest } from "../../src/x509/request.ts";

/** A user of a cloud, as `cloud/user`. */
export type UserPath = `${string}/${string}`;

/** A state folder for one test, with the keys of those users. */
export interface Scene {
  readonly stateDir: string;
  readonly keys: KeyStore;
  /** What dist/ would hold of a cluster for those users. */
  render(cluster: string, options?: RenderOptions): RenderedCluster;
}

export interface RenderOptions {
  /** Default: those of the scene. */
  readonly users?: readonly UserPath[];
  /** Default: `x509`. */
  readonly identity?: ClusterIdentity;
  /** Of certificates. Default: an hour. */
  readonly expirationSeconds?: number;
  readonly namespaces?: readonly string[];
  readonly endpoint?: ClusterFile["endpoint"];
  /** PKCS#10 of users who brought one. */
  readonly brought?: Readonly<Record<UserPath, string>>;
}

export const HOUR = 3600;
export const x509: ClusterIdentity = { kind: "x509", requesters: [] };

/** A scene of one test, gone with it. */
export async function makeScene(users: readonly UserPath[] = ["shop/ada"]): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), "lcloud-post-sync-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const stateDir = join(folder, "state");
  const keys = await openKeyStore(stateDir);
  const requests = Object.fromEntries(await Promise.all(users.map(async (path) => [path, await enroll(keys, path)])));
  return {
    stateDir,
    keys,
    render: (cluster, { brought, ...options } = {}) =>
      renderedCluster(cluster, { users, ...options, brought: { ...requests, ...brought } }),
  };
}

/** Write the kubeconfigs of a run that had these clusters. */
export async function writeKubeconfigs(
  access: readonly ClusterAccess[],
  stateDir: string,
): Promise<readonly KubeconfigFile[]> {
  const kubeconfigs = await openKubeconfigs(stateDir);
  await Promise.all(access.map((cluster) => kubeconfigs.add(cluster)));
  return kubeconfigs.finish();
}

/** The one request of a user on a cluster. */
export function requestOf(cluster: RenderedCluster, path: UserPath = "shop/ada"): Manifest {
  const requests = cluster.clouds.flatMap((cloud) => cloud.requests);
  const request = requests.find(({ metadata }) => metadata.name.startsWith(`lc.${path.replace("/", ".")}.`));
  if (request === undefined) throw new Error(`${path} has no request`);
  return request;
}

/** The ServiceAccount of a user, and its namespace, as delivery puts them there. */
export const accountOf = (path: UserPath): readonly Manifest[] => [
  { apiVersion: "v1", kind: "Namespace", metadata: { name: USERS_NAMESPACE } },
  {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: path.replace("/", "."), namespace: USERS_NAMESPACE },
  },
];

async function enroll(keys: KeyStore, path: UserPath): Promise<string> {
  const [cloud, user] = namesOf(path);
  const { key } = await keys.ensureKey({ cloud, user });
  return createRequest(key, { commonName: commonNameOf(cloud, user), organization: keyGroup(key) });
}

function renderedCluster(name: string, options: RenderOptions): RenderedCluster {
  const { users = [], identity = x509, endpoint = {} } = options;
  const file: ClusterFile = {
    version: 1,
    name,
    kubernetes: "1.37",
    labels: {},
    access: { context: name },
    endpoint,
    identity,
    delivery: { kind: "direct" },
  };
  const clouds = new Set(users.map((path) => namesOf(path)[0]));
  return { file, units: [], clouds: [...clouds].map((cloud) => renderedCloud(cloud, options)) };
}

function renderedCloud(name: string, options: RenderOptions): RenderedCloud {
  const { users = [], identity = x509, namespaces = [name], brought = {} } = options;
  const paths = users.filter((path) => namesOf(path)[0] === name);
  const requests =
    identity.kind === "x509" ? paths.map((path) => signingRequest(path, brought[path] ?? "", options)) : [];
  return {
    name,
    requests,
    grants: paths.map((path, index) => ({
      name: namesOf(path)[1],
      namespaces,
      credential: credentialOf(path, identity, requests[index]?.metadata.name ?? ""),
    })),
  };
}

function credentialOf(path: UserPath, identity: ClusterIdentity, request: string): GrantCredential {
  if (identity.kind === "x509") return { kind: "x509", request };
  if (identity.kind === "oidc") return { kind: "oidc", username: `oidc:${path}` };
  return { kind: "service-account", serviceAccount: path.replace("/", ".") };
}

function signingRequest(path: UserPath, pem: string, { expirationSeconds = HOUR }: RenderOptions): Manifest {
  const [cloud, user] = namesOf(path);
  const spec = {
    expirationSeconds,
    request: Buffer.from(pem).toString("base64"),
    signerName: "kubernetes.io/kube-apiserver-client",
    usages: ["client auth", "digital signature"],
  };
  const fingerprint = hash("sha256", JSON.stringify(spec), "hex").slice(0, 16);
  const labels = { [MANAGED_BY_LABEL]: MANAGED_BY, [CLOUD_LABEL]: cloud };
  return {
    apiVersion: "certificates.k8s.io/v1",
    kind: "CertificateSigningRequest",
    metadata: { name: `lc.${cloud}.${user}.${fingerprint}`, labels },
    spec,
  };
}

function namesOf(path: UserPath): readonly [cloud: string, user: string] {
  const [cloud = "", user = ""] = path.split("/");
  return [cloud, user];
}
