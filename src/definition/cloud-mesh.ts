import type { IssuerRef, MeshEgress, MeshResources, MutualTls, PodResources } from "../mesh/mesh-spec.ts";
import type { GatewayProps } from "./cluster-mesh.ts";
import { defined } from "./defined.ts";
import { type NamedService, namedService } from "./dns.ts";
import type { DedicatedMeshProps, MeshProps, MeshTrustProps, ResourcesProps, SharedMeshProps } from "./mesh.ts";
import type { QuantityValue } from "./quota.ts";

/** A cloud's mesh with every default filled in that is the same on all clusters. */
export type CloudMeshDefinition = DedicatedMesh | SharedMesh;

export interface DedicatedMesh {
  readonly mode: "dedicated";
  /** By cluster where it is no text; undefined: each cluster's own. */
  readonly version: DedicatedMeshProps["version"];
  readonly trustDomain: string;
  readonly mtls: MutualTls;
  readonly egress: MeshEgress;
  readonly exports: "all" | readonly NamedService[];
  readonly resources: MeshResources;
  /** Over what the clusters say. */
  readonly gateway: GatewayProps;
  /** undefined: a root of ours. */
  readonly issuer: IssuerRef | undefined;
  readonly nameConstraints: boolean;
}

export type SharedMesh = Required<SharedMeshProps>;

/** Whether the cloud has a gateway of its own that passes anything on. */
export const passesOn = (mesh: CloudMeshDefinition | undefined): mesh is DedicatedMesh =>
  mesh?.mode === "dedicated" && (mesh.exports === "all" || mesh.exports.length > 0);

/** Fill in the defaults of a cloud's mesh; undefined for none. */
export function defineMesh(cloud: string, mesh: MeshProps = "none"): CloudMeshDefinition | undefined {
  if (mesh === "none") return undefined;
  return mesh.mode === "shared" ? defineShared(mesh) : defineDedicated(cloud, mesh);
}

const defineShared = ({ revision, ...rest }: SharedMeshProps): SharedMesh => ({
  namespace: "istio-system",
  discoveryLabels: {},
  mtls: "strict",
  ...defined(rest),
  revision,
});

function defineDedicated(cloud: string, mesh: DedicatedMeshProps): DedicatedMesh {
  const { version, trustDomain = `${cloud}.mesh`, mtls = "strict", egress = "any", exports = "all" } = mesh;
  const { resources = {}, gateway = {}, trust = {} } = mesh;
  return {
    mode: "dedicated",
    version,
    trustDomain,
    mtls,
    egress,
    exports: exports === "all" ? "all" : exports.map(namedService),
    resources: {
      istiod: podResources(resources.istiod, ISTIOD),
      gateway: podResources(resources.gateway, GATEWAY),
      sidecar: podResources(resources.sidecar, SIDECAR),
    },
    gateway,
    issuer: issuerOf(trust),
    nameConstraints: trust.nameConstraints ?? false,
  };
}

/** Almost empty, an istiod takes up to 140 MB. */
const ISTIOD: PodResources = { requests: { cpu: "50m", memory: "256Mi" }, limits: {} };
const GATEWAY: PodResources = { requests: { cpu: "50m", memory: "64Mi" }, limits: { cpu: "1", memory: "256Mi" } };
/** Istio's own limits of 2 CPUs and 1Gi fill a quota with five pods. */
const SIDECAR: PodResources = { requests: { cpu: "10m", memory: "64Mi" }, limits: { cpu: "500m", memory: "256Mi" } };

const podResources = ({ requests = {}, limits = {} }: ResourcesProps = {}, usual: PodResources): PodResources => ({
  requests: { ...usual.requests, ...texts(requests) },
  limits: { ...usual.limits, ...texts(limits) },
});

const texts = (quantities: { readonly cpu?: QuantityValue; readonly memory?: QuantityValue }) =>
  Object.fromEntries(Object.entries(defined(quantities)).map(([resource, quantity]) => [resource, String(quantity)]));

function issuerOf({ issuer = "lcloud" }: MeshTrustProps): IssuerRef | undefined {
  return issuer === "lcloud"
    ? undefined
    : { kind: "ClusterIssuer", group: "cert-manager.io", ...defined(issuer.certManager) };
}
