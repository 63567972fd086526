/** The unit of what several clouds of a cluster share. */
export const CLUSTER_UNIT = "lc-cluster";

/** The unit of what meshes of a cluster share: Istio's CRDs. */
export const PLATFORM_UNIT = "lc-platform";

const CLOUD_PREFIX = "lc-cloud-";
const MESH_PREFIX = "lc-mesh-";
const GATEWAY_PREFIX = "lc-gateway-";

/** The unit of one cloud's objects. */
export const cloudUnit = (cloud: string) => `${CLOUD_PREFIX}${cloud}`;

/** The unit of a cloud's control plane. */
export const meshUnit = (cloud: string) => `${MESH_PREFIX}${cloud}`;

/** The unit of a cloud's gateway and of what only a running control plane admits. */
export const gatewayUnit = (cloud: string) => `${GATEWAY_PREFIX}${cloud}`;

/** The units of all clouds' objects, control planes and gateways, where an agent is to have one for all. */
export const CLOUDS_UNIT = "lc-clouds";
export const MESHES_UNIT = "lc-meshes";
export const GATEWAYS_UNIT = "lc-gateways";

/** The cloud of a {@link cloudUnit}; undefined for any other unit. */
export const cloudOfUnit = (unit: string): string | undefined => after(CLOUD_PREFIX, unit);

/** The cloud of a {@link meshUnit}; undefined for any other unit. */
export const cloudOfMeshUnit = (unit: string): string | undefined => after(MESH_PREFIX, unit);

/** The cloud of a {@link gatewayUnit}; undefined for any other unit. */
export const cloudOfGatewayUnit = (unit: string): string | undefined => after(GATEWAY_PREFIX, unit);

/** The cloud whose a unit is; undefined for one of several clouds. */
export const ownerOfUnit = (unit: string): string | undefined =>
  cloudOfUnit(unit) ?? cloudOfMeshUnit(unit) ?? cloudOfGatewayUnit(unit);

/**
 * What a unit of dist/ needs to be there before. A mesh needs Istio's CRDs, and nothing of its cloud: while a control plane
 * is down, nobody admits what belongs to Istio in the cloud's unit, nor starts its pods, so whoever waited for that could
 * never repair it. A gateway needs what its control plane alone admits, or, of somebody else's mesh, its cloud's namespaces.
 *
 * @param isRendered - Whether a unit has objects; no other is needed.
 */
export function neededUnits(unit: string, isRendered: (unit: string) => boolean): readonly string[] {
  const cloud = cloudOfGatewayUnit(unit);
  const needed = cloud === undefined ? [] : [meshUnit(cloud), cloudUnit(cloud)];
  if (cloudOfMeshUnit(unit) !== undefined) needed.push(PLATFORM_UNIT);
  return needed.filter(isRendered).slice(0, 1);
}

/** Whether a name is that of a unit of ours, whoever delivers it. */
export const isUnitName = (name: string): boolean => SHARED.has(name) || ownerOfUnit(name) !== undefined;

/**
 * Whether a unit of dist/ is part of a unit of an agent, which is the same one, or one for all clouds.
 *
 * @param unit - undefined for what is of no unit: it lies somewhere in the folders of all clouds.
 */
export function isPartOf(agentUnit: string, unit: string | undefined): boolean {
  const ownerOf = OF_ALL_CLOUDS.get(agentUnit);
  if (ownerOf === undefined) return unit === agentUnit;
  return unit === undefined || ownerOf(unit) !== undefined;
}

const OF_ALL_CLOUDS: ReadonlyMap<string, (unit: string) => string | undefined> = new Map([
  [CLOUDS_UNIT, cloudOfUnit],
  [MESHES_UNIT, cloudOfMeshUnit],
  [GATEWAYS_UNIT, cloudOfGatewayUnit],
]);

const SHARED: ReadonlySet<string> = new Set([CLUSTER_UNIT, PLATFORM_UNIT, ...OF_ALL_CLOUDS.keys()]);

function after(prefix: string, unit: string): string | undefined {
  return unit.startsWith(prefix) ? unit.slice(prefix.length) : undefined;
}
