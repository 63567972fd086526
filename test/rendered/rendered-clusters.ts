import fc from "fast-check";
import { CLOUD_LABEL, MANAGED_BY, MANAGED_BY_LABEL, USERS_NAMESPACE } from "../../src/model/labels.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { CLUSTER_UNIT, cloudUnit } from "../../src/model/units.ts";
import type { ClusterFile, ClusterIdentity, Grant } from "../../src/rendered/files.ts";
import { formatClusterFile, formatGrantsFile, formatKustomization } from "../../src/rendered/format-files.ts";
import { formatManifests } from "../../src/rendered/format-yaml.ts";
import { layout } from "../../src/rendered/layout.ts";
import type { RenderedCloud, RenderedCluster, RenderedUnit } from "../../src/rendered/rendered-cluster.ts";
import { nastyText } from "./nasty-values.ts";

/** The files of clusters, as synthesis lays them out. */
export function filesOf(clusters: readonly RenderedCluster[]): Map<string, string> {
  const files = new Map<string, string>();
  for (const { file, units, clouds } of clusters) {
    files.set(layout.clusterFile(file.name), formatClusterFile(file));
    const resources = units.map(({ cloud }) =>
      (cloud === undefined ? layout.shared("") : layout.cloud("", cloud)).slice(1),
    );
    files.set(layout.kustomization(file.name), formatKustomization(resources));
    for (const { cloud, manifests } of units) {
      const path = cloud === undefined ? layout.shared(file.name) : layout.cloud(file.name, cloud);
      files.set(path, formatManifests(manifests));
    }
    for (const { name, requests, grants } of clouds) {
      if (requests.length > 0) files.set(layout.requests(file.name, name), formatManifests(requests));
      if (grants.length === 0) continue;
      files.set(layout.grants(file.name, name), formatGrantsFile({ version: 1, cloud: name, users: grants }));
    }
  }
  return files;
}

const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "log-in", args: ["--now"], env: [] };

const identities: readonly ClusterIdentity[] = [
  { kind: "oidc", exec: { ...exec, interactiveMode: "IfAvailable" } },
  { kind: "service-account", expirationSeconds: 3600 },
  { kind: "x509", requesters: ["ci"] },
];

export function clusterFile(name: string, identity: ClusterIdentity): ClusterFile {
  const access = { context: name };
  return {
    version: 1,
    name,
    kubernetes: "1.33",
    labels: {},
    access,
    endpoint: {},
    identity,
    delivery: { kind: "direct" },
  };
}

/** An object of a cloud, or of what clouds share. */
export function objectOf(cloud: string | undefined, kind: string, name: string, namespace?: string): Manifest {
  const labels = { [MANAGED_BY_LABEL]: MANAGED_BY, ...(cloud === undefined ? {} : { [CLOUD_LABEL]: cloud }) };
  const apiVersion = kind === "CertificateSigningRequest" ? "certificates.k8s.io/v1" : "v1";
  return { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }), labels } };
}

/** A cluster with clouds of one namespace and these users. */
export function renderedCluster(
  name: string,
  identity: ClusterIdentity,
  users: Readonly<Record<string, readonly string[]>>,
  text = "two\nlines\n",
): RenderedCluster {
  const clouds = Object.keys(users).sort();
  const shared: RenderedUnit = { name: CLUSTER_UNIT, manifests: [objectOf(undefined, "Namespace", "lcloud-system")] };
  return {
    file: clusterFile(name, identity),
    units: [shared, ...clouds.map((cloud) => unitOf(cloud, identity, users[cloud] ?? [], text))],
    clouds: clouds.map((cloud) => cloudOf(cloud, identity, users[cloud] ?? [])),
  };
}

function unitOf(cloud: string, identity: ClusterIdentity, users: readonly string[], text: string): RenderedUnit {
  const accounts = identity.kind === "service-account" ? users : [];
  return {
    name: cloudUnit(cloud),
    cloud,
    manifests: [
      objectOf(cloud, "Namespace", cloud),
      { ...objectOf(cloud, "ConfigMap", "text", cloud), data: { text } },
      ...accounts.map((user) => objectOf(cloud, "ServiceAccount", `${cloud}.${user}`, USERS_NAMESPACE)),
    ],
  };
}

function cloudOf(cloud: string, identity: ClusterIdentity, users: readonly string[]): RenderedCloud {
  const requestOf = (user: string): string => `lc.${cloud}.${user}.0123456789abcdef`;
  const credentialOf = (user: string): Grant["credential"] => {
    if (identity.kind === "x509") return { kind: "x509", request: requestOf(user) };
    if (identity.kind === "service-account") return { kind: "service-account", serviceAccount: `${cloud}.${user}` };
    return { kind: "oidc", username: `oidc:${user}` };
  };
  const requests = identity.kind === "x509" ? users : [];
  return {
    name: cloud,
    requests: requests.map((user) => objectOf(cloud, "CertificateSigningRequest", requestOf(user))),
    grants: users.map((name) => ({ name, namespaces: [cloud], credential: credentialOf(name) })),
  };
}

/** A cluster for each kind of identity, by name: `c-oidc`, `c-service-account`, `c-x509`; on each `bank`, and `shop` with users. */
export const fleet: readonly RenderedCluster[] = identities.map((identity) =>
  renderedCluster(`c-${identity.kind}`, identity, { bank: [], shop: ["ada", "eve"] }),
);

const name = fc.stringMatching(/^[a-z0-9](?:[-a-z0-9]{0,8}[a-z0-9])?$/);

const anyUsers = fc.dictionary(name, fc.uniqueArray(name, { maxLength: 3 }), { maxKeys: 3, noNullPrototype: true });

/** Fleets of up to four clusters, sorted by name. */
export const anyFleet: fc.Arbitrary<readonly RenderedCluster[]> = fc
  .dictionary(name, fc.tuple(fc.constantFrom(...identities), anyUsers, nastyText), {
    minKeys: 1,
    maxKeys: 4,
    noNullPrototype: true,
  })
  .map((clusters) =>
    Object.keys(clusters)
      .sort()
      .flatMap((cluster) => {
        const [identity, users, text] = clusters[cluster] ?? [];
        if (identity === undefined || users === undefined) return [];
        return [renderedCluster(cluster, identity, users, text)];
      }),
  );
