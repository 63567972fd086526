import type { Manifest } from "../model/manifest.ts";
import { isDnsLabel, isDnsSubdomain } from "../model/names.ts";
import type { CloudMesh, GatewayExposure, MeshInstaller, TrustDelivery } from "./cloud-mesh.ts";
import { meshMeta } from "./mesh-object.ts";
import type { DedicatedMeshSpec } from "./mesh-spec.ts";
import { MESH_CONFIG_MAP } from "./names.ts";

/** What those to the right of dist/ must know of a mesh. */
export const cloudMeshOf = (spec: DedicatedMeshSpec): CloudMesh => ({
  version: spec.version,
  installer: spec.installer,
  trustDomain: spec.trustDomain,
  namespaces: spec.namespaces,
  exposure: spec.gateway.exposure,
  trust: spec.trust.delivery,
  nameConstraints: spec.trust.nameConstraints,
});

/** A cloud's mesh on a cluster as an object, to be read back by {@link meshOf}. */
export const meshManifest = (cloud: string, mesh: CloudMesh): Manifest => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: meshMeta(cloud, MESH_CONFIG_MAP),
  data: {
    version: mesh.version,
    installer: mesh.installer,
    trustDomain: mesh.trustDomain,
    namespaces: mesh.namespaces.join(),
    exposure: mesh.exposure,
    trust: mesh.trust,
    nameConstraints: String(mesh.nameConstraints),
  },
});

/**
 * The inverse of {@link meshManifest}; whether the rest of the object follows from it is not looked at.
 *
 * @returns undefined for an object that does not hold a mesh.
 */
export function meshOf(manifest: Manifest): CloudMesh | undefined {
  const { data } = manifest;
  if (typeof data !== "object" || data === null) return undefined;
  const texts = new Map(
    Object.entries(data).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
  const oneOf = <T extends string>(key: string, all: Readonly<Record<T, true>>): T | undefined => {
    const text = texts.get(key);
    return text !== undefined && Object.hasOwn(all, text) ? (text as T) : undefined;
  };
  const [version, trustDomain] = [texts.get("version"), texts.get("trustDomain")];
  const installer = oneOf("installer", INSTALLERS);
  const exposure = oneOf("exposure", EXPOSURES);
  const trust = oneOf("trust", TRUSTS);
  const constraints = oneOf("nameConstraints", { true: true, false: true });
  const namespaces = texts.get("namespaces")?.split(",") ?? [];
  if (version === undefined || !VERSION.test(version) || trustDomain === undefined) return undefined;
  if (!isDnsSubdomain(trustDomain) || namespaces.length === 0 || !namespaces.every(isDnsLabel)) return undefined;
  if (installer === undefined || exposure === undefined || trust === undefined || constraints === undefined) {
    return undefined;
  }
  return { version, installer, trustDomain, namespaces, exposure, trust, nameConstraints: constraints === "true" };
}

const VERSION = /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/;

const INSTALLERS: Readonly<Record<MeshInstaller, true>> = { flux: true, argocd: true, sail: true, manifests: true };
const EXPOSURES: Readonly<Record<GatewayExposure, true>> = { LoadBalancer: true, NodePort: true, externalIPs: true };
const TRUSTS: Readonly<Record<TrustDelivery, true>> = { "post-sync": true, sops: true, "cert-manager": true };
