import { isRegistrable } from "../dns/check-zone.ts";
import type { CloudRemark } from "./remarks.ts";
import type { ZoneOnCluster } from "./zones.ts";

/** Zones that are allowed, and whose names may be somebody's already. */
export const registrableZones = (zones: readonly ZoneOnCluster[]): readonly CloudRemark[] =>
  zones
    .filter(({ zone: { zone, mode } }) => mode !== "native" && isRegistrable(zone))
    .map(({ cloud, zone: { zone } }) => ({
      cloud: cloud.name,
      id: "",
      message: `dns.zone: "${zone}" may be a domain of the internet, whose public names no pod can reach any more; put a label before it if it is yours`,
    }));
