import type { Fault } from "../model/error.ts";
import { CLOUD_LABEL, MANAGED_BY, MANAGED_BY_LABEL, USERS_NAMESPACE } from "../model/labels.ts";
import type { Manifest } from "../model/manifest.ts";
import { formatRef, groupOf, type Ref, refKey, refOf } from "../model/ref.ts";
import { isShared } from "../model/shared-objects.ts";
import { DECRYPT_REMEDY, decrypts, secretValuesOf } from "../model/sops.ts";
import { cloudUnit, gatewayUnit, meshUnit, PLATFORM_UNIT } from "../model/units.ts";
import { checkMeshes } from "./check-meshes.ts";
import { checkZones } from "./check-zones.ts";
import type { Grant } from "./files.ts";
import { layout } from "./layout.ts";
import { AGAIN } from "./parse-json.ts";
import type { RenderedCloud, RenderedCluster, RenderedUnit } from "./rendered-cluster.ts";

/**
 * Whether the files of a cluster fit each other. Each may have come from another branch, by a merge that git found clean.
 *
 * @returns Paths are relative to dist/.
 */
export function checkRendered(cluster: RenderedCluster): readonly Fault[] {
  return [
    ...cluster.units.flatMap((unit) => checkUnit(cluster, unit)),
    ...checkOnce(cluster),
    ...checkTerminated(cluster),
    ...checkSecrets(cluster),
    ...checkZones(cluster),
    ...checkMeshes(cluster),
    ...cluster.clouds.flatMap((cloud) => [...checkRequests(cluster, cloud), ...checkGrants(cluster, cloud)]),
  ];
}

/** The file that holds a unit, or most of it. */
function unitPath({ file: { name: cluster } }: RenderedCluster, { name, cloud }: RenderedUnit): string {
  if (cloud === undefined) return name === PLATFORM_UNIT ? layout.platform(cluster) : layout.shared(cluster);
  if (name === meshUnit(cloud)) return layout.mesh(cluster, cloud);
  return name === gatewayUnit(cloud) ? layout.gateway(cluster, cloud) : layout.cloud(cluster, cloud);
}

function checkUnit(cluster: RenderedCluster, unit: RenderedUnit): readonly Fault[] {
  const path = unitPath(cluster, unit);
  return unit.manifests.flatMap((manifest) => {
    if (isShared(refOf(manifest), unit.cloud)) return [];
    const wrong = isRequest(manifest) ? "belongs into requests/" : wrongLabel(manifest, unit.cloud);
    return wrong === undefined ? [] : [{ path, message: `${formatRef(refOf(manifest))} ${wrong}; ${AGAIN}` }];
  });
}

const isRequest = ({ apiVersion, kind }: Manifest): boolean =>
  kind === "CertificateSigningRequest" && groupOf(apiVersion) === "certificates.k8s.io";

function wrongLabel({ metadata: { labels = {} } }: Manifest, cloud: string | undefined): string | undefined {
  if (labels[MANAGED_BY_LABEL] !== MANAGED_BY) return `has no label ${MANAGED_BY_LABEL}: ${MANAGED_BY}`;
  if (labels[CLOUD_LABEL] === cloud) return undefined;
  return cloud === undefined
    ? `has label ${CLOUD_LABEL}, but lies among what clouds share`
    : `has no label ${CLOUD_LABEL}: ${cloud}`;
}

/** A merge may have brought back a cloud whose namespaces another branch lets be deleted. */
const checkTerminated = ({ file, units }: RenderedCluster): readonly Fault[] =>
  units.flatMap(({ name, cloud }) => {
    if (cloud === undefined || name !== cloudUnit(cloud) || file.terminated?.includes(cloud) !== true) return [];
    return [{ path: layout.clusterFile(file.name), message: `terminated: names ${cloud}, which is here; ${AGAIN}` }];
  });

/** Ciphertext is no value that anybody could use; and what is rendered is committed. */
function checkSecrets(cluster: RenderedCluster): readonly Fault[] {
  const faults = { none: undefined, plain: PLAIN, encrypted: decrypts(cluster.file.delivery) ? undefined : ENCRYPTED };
  return cluster.units.flatMap((unit) =>
    unit.manifests.flatMap((manifest) => {
      const fault = faults[secretValuesOf(manifest)];
      return fault === undefined
        ? []
        : [{ path: unitPath(cluster, unit), message: `${formatRef(refOf(manifest))} ${fault}` }];
    }),
  );
}

const PLAIN =
  "holds values that everybody reads; take it out, or encrypt it with lcloud encrypt, then run lcloud synth";
const ENCRYPTED = `is encrypted; ${DECRYPT_REMEDY}, then run lcloud synth`;

function checkOnce(cluster: RenderedCluster): readonly Fault[] {
  const seen = new Map<string, string>();
  return cluster.units.flatMap((unit) =>
    unit.manifests.flatMap((manifest) => {
      const ref = refOf(manifest);
      const key = refKey(ref);
      const path = unitPath(cluster, unit);
      const other = seen.get(key);
      seen.set(key, path);
      return other === undefined ? [] : [{ path, message: `${formatRef(ref)} is in ${other} too; take one out` }];
    }),
  );
}

function checkRequests({ file }: RenderedCluster, { name, requests, grants }: RenderedCloud): readonly Fault[] {
  const path = layout.requests(file.name, name);
  const granted = new Set(
    grants.map(({ credential }) => (credential.kind === "x509" ? credential.request : undefined)),
  );
  const seen = new Set<string>();
  return requests.flatMap((request) => {
    const at = formatRef(refOf(request));
    const wrong: string[] = [];
    if (!isRequest(request)) wrong.push("is no CertificateSigningRequest");
    const label = wrongLabel(request, name);
    if (label !== undefined) wrong.push(label);
    if (seen.has(request.metadata.name)) wrong.push("is there twice");
    seen.add(request.metadata.name);
    if (!granted.has(request.metadata.name)) wrong.push(`is no user's in ${layout.grants(file.name, name)}`);
    return wrong.map((what) => ({ path, message: `${at} ${what}; ${AGAIN}` }));
  });
}

function checkGrants(cluster: RenderedCluster, { name, requests, grants }: RenderedCloud): readonly Fault[] {
  const { file, units } = cluster;
  const path = layout.grants(file.name, name);
  const unit = units.find((each) => each.name === cloudUnit(name));
  if (unit === undefined && grants.length > 0) {
    // a merge that took the cloud away in one branch, and changed its users in the other
    return [{ path, message: `has users of a cloud without ${layout.cloud(file.name, name)}; ${AGAIN}` }];
  }
  const requestNames = new Set(requests.map(({ metadata }) => metadata.name));
  const accounts = accountsOf(unit);
  const users = new Set<string>();
  return grants.flatMap((grant) => {
    const wrong = wrongCredential(grant, file.identity.kind, requestNames, accounts);
    const twice = users.has(grant.name) ? "is there twice" : undefined;
    users.add(grant.name);
    return [wrong, twice].flatMap((what) =>
      what === undefined ? [] : [{ path, message: `user ${grant.name} ${what}; ${AGAIN}` }],
    );
  });
}

/** A token of an account that is not the cloud's own would be somebody else's. */
function accountsOf(unit: RenderedUnit | undefined): ReadonlySet<string> {
  const account = (name: string): Ref => ({
    apiVersion: "v1",
    kind: "ServiceAccount",
    namespace: USERS_NAMESPACE,
    name,
  });
  return new Set(
    (unit?.manifests ?? []).flatMap((manifest) => {
      const { name } = manifest.metadata;
      return refKey(refOf(manifest)) === refKey(account(name)) ? [name] : [];
    }),
  );
}

function wrongCredential(
  { credential }: Grant,
  identity: Grant["credential"]["kind"],
  requests: ReadonlySet<string>,
  accounts: ReadonlySet<string>,
): string | undefined {
  if (credential.kind !== identity)
    return `has a credential of kind ${credential.kind} on a cluster whose identity is ${identity}`;
  if (credential.kind === "x509" && !requests.has(credential.request)) {
    return `has no CertificateSigningRequest/${credential.request} in requests/`;
  }
  if (credential.kind === "service-account" && !accounts.has(credential.serviceAccount)) {
    return `has no ServiceAccount/${USERS_NAMESPACE}/${credential.serviceAccount} among the cloud's objects`;
  }
  return undefined;
}
