import { endOf } from "./check-zone.ts";
import type { CloudZone } from "./cluster-dns.ts";

/**
 * The namespace that a zone would hide from, or be hidden by: pods ask for `web.shop` as `web.shop.svc.cluster.local`
 * first. That of a cloud whose zone is the name of its own first namespace answers the same.
 *
 * @param namespaces - All of the cluster.
 */
export function findShadow({ zone, namespaces: own }: CloudZone, namespaces: ReadonlySet<string>): string | undefined {
  const last = endOf(zone);
  const isOwn = last === zone && last === own[0];
  return namespaces.has(last) && !isOwn ? last : undefined;
}

/** What a shadow means, for people. */
export const shadowRemark = (cloud: string, zone: string, shadow: string): string =>
  `zone ${zone} of cloud ${cloud} ends as namespace ${shadow} is called, where pods look first`;

/**
 * Whether a zone has names that a Service of its first namespace can hide: `<service>.<namespace>.<zone>` and the endpoints
 * of `<service>.<zone>` are the same name.
 */
const canHide = ({ mode, namespaces }: CloudZone): boolean => mode === "rewrite" && namespaces.length > 1;

/** Other namespaces of a zone, hidden by Services of its first one. @param services - Names of those. */
export const hiddenNamespaces = (zone: CloudZone, services: readonly string[]): readonly string[] =>
  canHide(zone) ? services.filter((name) => zone.namespaces.slice(1).includes(name)) : [];

/** What a hidden namespace means, for people. */
export const hiddenRemark = ({ zone, namespaces: [first] }: CloudZone, name: string): string =>
  `Service/${first}/${name} hides namespace ${name} of zone ${zone} from SRV lookups`;
