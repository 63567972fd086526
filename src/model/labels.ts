/** Value of `app.kubernetes.io/managed-by` on every object we write. */
export const MANAGED_BY = "lcloud";
export const MANAGED_BY_LABEL = "app.kubernetes.io/managed-by";

/** Label on every object of a cloud; its value is the cloud's name. */
export const CLOUD_LABEL = "logical-clouds.io/cloud";

/** Annotation on a Namespace that a cloud may take over although it exists already: `"true"`. */
export const ADOPT_ANNOTATION = "logical-clouds.io/adopt";

/** Annotation on a Namespace of a cloud that is led out of its clusters, and that may be deleted with it: `"true"`. */
export const TERMINATING_ANNOTATION = "logical-clouds.io/terminating";

/** Annotation on what direct delivery remembers, and on the marker of a cluster that pulls; its value is the fleet's name of the cluster. */
export const CLUSTER_ANNOTATION = "logical-clouds.io/cluster";

/** Field manager of every server-side apply of ours. */
export const FIELD_MANAGER = "logical-clouds";

/** Field manager of what post-sync writes into a cluster's DNS: a delivery would prune what has its own. */
export const DNS_FIELD_MANAGER = "logical-clouds-dns";

/** Namespace of what direct delivery remembers in each cluster. Tenants have no rights in it. */
export const SYSTEM_NAMESPACE = "lcloud-system";

/** Namespace of the users' ServiceAccounts where a cluster's identity is `service-account`. Tenants have no rights in it. */
export const USERS_NAMESPACE = "lcloud-users";

/** Field manager of what post-sync writes for meshes: a delivery would prune what has its own. */
export const MESH_FIELD_MANAGER = "logical-clouds-mesh";
