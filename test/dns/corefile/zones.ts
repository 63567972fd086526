import type { ForwardZone, RewriteZone } from "../../../src/dns/zone.ts";

/** A zone of a cloud with two namespaces. */
export const SHOP: RewriteZone = {
  kind: "rewrite",
  zone: "shop",
  namespaces: ["shop-prod", "pay"],
  clusterDomain: "cluster.local",
};

/** A zone that a cloud answers itself. */
export const DEV: ForwardZone = { kind: "forward", zone: "dev.example", addresses: ["10.0.0.10", "fd00::10"] };

/** In the order of their names. */
export const ZONES = [DEV, SHOP] as const;
