/** The unit of what several clouds of a cluster share. */
export const CLUSTER_UNIT = "lc-cluster";

/** The unit of one cloud's objects. */
export const cloudUnit = (cloud: string) => `lc-cloud-${cloud}`;

/** The unit of all clouds' objects, where an agent is to have one for all. */
export const CLOUDS_UNIT = "lc-clouds";
