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

/** The unit of all clouds' objects, where an agent is to have one for all. */
export const CLOUDS_UNIT = "lc-clouds";
