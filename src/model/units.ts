/** The unit of what several clouds of a cluster share. */
export const CLUSTER_UNIT = "lc-cluster";

/** The unit of one cloud's objects. */
export const cloudUnit = (cloud: string) => `${CLOUD_PREFIX}${cloud}`;

/** The cloud of a {@link cloudUnit}; undefined for any other unit. */
export const cloudOfUnit = (unit: string): string | undefined =>
  unit.startsWith(CLOUD_PREFIX) ? unit.slice(CLOUD_PREFIX.length) : undefined;

/** Whether a name is that of a unit of ours, whoever delivers it. */
export const isUnitName = (name: string): boolean =>
  name === CLUSTER_UNIT || name === CLOUDS_UNIT || name.startsWith(CLOUD_PREFIX);

const CLOUD_PREFIX = "lc-cloud-";
const MESH_PREFIX = "lc-mesh-";
const GATEWAY_PREFIX = "lc-gateway-";

/** The unit of what meshes of a cluster share: Istio's CRDs. */
export const PLATFORM_UNIT = "lc-platform";

/** The unit of a cloud's control plane; it comes after {@link PLATFORM_UNIT} and {@link cloudUnit}. */
export const meshUnit = (cloud: string) => `${MESH_PREFIX}${cloud}`;

/** The unit of a cloud's gateway and of what only a running control plane admits; it comes after {@link meshUnit}. */
export const gatewayUnit = (cloud: string) => `${GATEWAY_PREFIX}${cloud}`;

/** The unit of all clouds' objects, where an agent is to have one for all. */
export const CLOUDS_UNIT = "lc-clouds";
