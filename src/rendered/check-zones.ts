import { isDeepStrictEqual } from "node:util";
import { guardedZones, isZoneGuard, zoneGuard } from "../dns/admission-policy.ts";
import type { CloudZone } from "../dns/cluster-dns.ts";
import { customConfigMap } from "../dns/custom-config-map.ts";
import { canShare, shareObject } from "../engine/protection.ts";
import { writerOf } from "../model/delivery.ts";
import type { Fault } from "../model/error.ts";
import type { Manifest } from "../model/manifest.ts";
import { refOf } from "../model/ref.ts";
import { isShared } from "../model/shared-objects.ts";
import { cloudUnit } from "../model/units.ts";
import { layout } from "./layout.ts";
import { AGAIN } from "./parse-json.ts";
import type { RenderedCluster } from "./rendered-cluster.ts";

/** Whether the zones of a cluster fit each other, and what is shared for them. @returns Paths are relative to dist/. */
export function checkZones(cluster: RenderedCluster): readonly Fault[] {
  const { name } = cluster.file;
  return [
    ...checkClouds(cluster),
    ...checkShared(cluster).map((message) => ({ path: layout.sharedDns(name), message: `${message}; ${AGAIN}` })),
    ...checkGuard(cluster).map((message) => ({ path: layout.shared(name), message: `${message}; ${AGAIN}` })),
  ];
}

/** Each may have come from another branch. */
function checkClouds({ file, units, clouds }: RenderedCluster): readonly Fault[] {
  const owners = new Map<string, string>();
  return clouds.flatMap(({ name: cloud, zone }) => {
    if (zone === undefined) return [];
    const path = layout.dns(file.name, cloud);
    const unit = units.find((each) => each.name === cloudUnit(cloud));
    const own = new Set(
      unit?.manifests.filter(({ kind }) => kind === "Namespace").map(({ metadata }) => metadata.name),
    );
    const owner = owners.get(zone.zone);
    owners.set(zone.zone, cloud);
    return [
      ...(owner === undefined ? [] : [`zone "${zone.zone}" is cloud ${owner}'s too`]),
      ...zone.namespaces
        .filter((namespace) => !own.has(namespace))
        .map((namespace) => `namespaces: "${namespace}" is not in ${layout.cloud(file.name, cloud)}`),
    ].map((message) => ({ path, message: `${message}; ${AGAIN}` }));
  });
}

function checkShared(cluster: RenderedCluster): readonly string[] {
  const { dns, delivery } = cluster.file;
  const found = sharedOf(cluster).filter((manifest) => isShared(refOf(manifest), undefined));
  const writer = writerOf(delivery);
  const expected =
    dns?.provider === "coredns-custom" && canShare(writer)
      ? [customConfigMap(dns, zonesOf(cluster), shareObject(writer))]
      : [];
  if (found.length < expected.length) return ["is missing"];
  return isDeepStrictEqual(found, expected) ? [] : ["is not what follows from clouds/"];
}

/** Whether there is one at all is not to be seen from other files. */
function checkGuard(cluster: RenderedCluster): readonly string[] {
  const found = sharedOf(cluster).filter(isZoneGuard);
  if (found.length === 0) return [];
  const zones = guardedZones(zonesOf(cluster));
  const expected = zones.length === 0 ? [] : zoneGuard(zones);
  return isDeepStrictEqual(found, expected) ? [] : ["the admission policy for zones is not what follows from clouds/"];
}

const sharedOf = ({ units }: RenderedCluster): readonly Manifest[] => units[0]?.manifests ?? [];

const zonesOf = ({ clouds }: RenderedCluster): readonly CloudZone[] => clouds.flatMap(({ zone }) => zone ?? []);
