/** Field manager of what post-sync writes into a cluster's DNS; that of deliveries would have it pruned. */
export const DNS_MANAGER = "logical-clouds-dns";
