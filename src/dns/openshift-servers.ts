import { isDeepStrictEqual } from "node:util";
import { normalZone } from "./check-zone.ts";
import { type OpenshiftServer, openshiftServer } from "./fragments.ts";
import type { Patched, PatchRequest, ZoneChange } from "./patched.ts";
import type { ForwardZone } from "./zone.ts";

/** A server as somebody may have written it. */
export interface LiveServer {
  readonly name?: string;
  readonly zones?: readonly string[];
  readonly forwardPlugin?: { readonly upstreams?: readonly string[] };
}

/**
 * Put zones into `spec.servers` of `dns.operator.openshift.io/default`, or take them out. Others' servers stay as they are,
 * and in their places; so do fields of ours that the API server fills in.
 *
 * @returns Refused is a zone, or the name of its server, that somebody else has.
 * @see https://github.com/openshift/api/blob/master/operator/v1/types_dns.go
 */
export function patchServers(
  servers: readonly LiveServer[],
  { wanted, ours }: PatchRequest<ForwardZone>,
): Patched<readonly LiveServer[]> {
  const targets = new Map(wanted.map((zone) => [zone.zone, openshiftServer(zone)]));
  const others = servers.filter((server) => ourZone(server, ours) === undefined);
  const faults = [...targets.values()].flatMap((target) => foreign(others, target));
  if (faults.length > 0) return { kind: "refused", faults };
  const zones: ZoneChange[] = [];
  const value = servers.flatMap((server) => {
    const zone = ourZone(server, ours);
    if (zone === undefined) return [server];
    const target = targets.get(zone);
    // a second one of the same zone is not wanted
    targets.delete(zone);
    const action = target === undefined ? "removed" : holds(server, target) ? "kept" : "changed";
    if (zones.every((each) => each.zone !== zone)) zones.push({ zone, action });
    return target === undefined ? [] : [action === "kept" ? server : withTarget(server, target)];
  });
  for (const [zone, target] of targets) {
    zones.push({ zone, action: "added" });
    value.push(target);
  }
  return { kind: "patched", value, zones, remarks: [] };
}

/** Which of our zones a server is for. */
function ourZone({ zones = [] }: LiveServer, ours: readonly string[]): string | undefined {
  const [only = "", ...more] = zones.map(normalZone);
  return more.length === 0 && ours.includes(only) ? only : undefined;
}

function foreign(others: readonly LiveServer[], { name, zones }: OpenshiftServer): readonly string[] {
  return others
    .filter((other) => other.name === name || (other.zones ?? []).some((zone) => zones.includes(normalZone(zone))))
    .map((other) => `server ${other.name} has ${zones.join()} or its name, and not by lcloud; remove it there`);
}

const holds = (server: LiveServer, target: OpenshiftServer): boolean =>
  server.name === target.name && isDeepStrictEqual(server.forwardPlugin?.upstreams, target.forwardPlugin.upstreams);

const withTarget = (server: LiveServer, target: OpenshiftServer): LiveServer => ({
  ...server,
  ...target,
  forwardPlugin: { ...server.forwardPlugin, ...target.forwardPlugin },
});
