import { CLOUD_LABEL, MANAGED_BY, MANAGED_BY_LABEL, SYSTEM_NAMESPACE } from "../model/labels.ts";
import type { Manifest } from "../model/manifest.ts";
import { isDnsLabel, isDnsSubdomain } from "../model/names.ts";
import { addressFault } from "./addresses.ts";
import type { CloudZone, ClusterDns, DnsMode, ForwardTarget } from "./cluster-dns.ts";
import { fragmentsOf } from "./fragments.ts";
import { DNS_PORT } from "./providers.ts";
import { placeholder } from "./told-zone.ts";

/** Name of the ConfigMap in `lcloud-system` that says what a cloud's zone is. */
export const zoneConfigMap = (cloud: string): string => `lcloud-zone-${cloud}`;

/** The zone of a cloud on a cluster as an object: its fields, and what the cluster's DNS is to be told, to be reviewed. */
export function zoneManifest(dns: ClusterDns, cloud: string, zone: CloudZone): Manifest {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: zoneConfigMap(cloud),
      namespace: SYSTEM_NAMESPACE,
      labels: { [MANAGED_BY_LABEL]: MANAGED_BY, [CLOUD_LABEL]: cloud },
    },
    data: { ...fieldsOf(zone), ...fragmentsOf(dns, zone) },
  };
}

function fieldsOf({
  zone,
  mode,
  namespaces,
  clusterDomain,
  to,
  services,
}: CloudZone): Readonly<Record<string, string>> {
  return {
    zone,
    mode,
    namespaces: namespaces.join(),
    clusterDomain,
    ...(to === undefined ? {} : { to: to.kind === "service" ? placeholder(to) : to.addresses.join() }),
    ...(services.length === 0 ? {} : { services: services.join() }),
  };
}

/**
 * The inverse of {@link zoneManifest}. What is returned is safe to be written into a Corefile; whether the rest of the
 * object follows from it is not looked at.
 *
 * @returns undefined for an object that does not hold a zone.
 */
export function zoneOf(manifest: Manifest): CloudZone | undefined {
  const { zone, mode, clusterDomain, ...lists } = textsOf(manifest["data"]);
  const namespaces = itemsOf(lists["namespaces"]);
  const services = itemsOf(lists["services"]);
  const to = lists["to"] === undefined ? undefined : targetOf(lists["to"]);
  const isSound =
    zone !== undefined &&
    clusterDomain !== undefined &&
    [zone, clusterDomain].every(isDnsSubdomain) &&
    namespaces.length > 0 &&
    namespaces.every(isDnsLabel) &&
    services.every((service) => /^[^/]*\/[^/]*$/.test(service) && service.split("/").every(isDnsLabel));
  if (!isSound || !isMode(mode) || (mode === "forward") !== (to !== undefined)) return undefined;
  return { zone, mode, namespaces, clusterDomain, ...(to === undefined ? {} : { to }), services };
}

const isMode = (text: string | undefined): text is DnsMode =>
  text === "rewrite" || text === "forward" || text === "native";

const itemsOf = (text: string | undefined): readonly string[] => (text === undefined ? [] : text.split(","));

const SERVICE = /^\$\((?<namespace>[^/()]+)\/(?<name>[^/()]+)\)(?::(?<port>[1-9]\d{0,4}))?$/;

function targetOf(text: string): ForwardTarget | undefined {
  const { namespace = "", name = "", port = String(DNS_PORT) } = SERVICE.exec(text)?.groups ?? {};
  if ([namespace, name].every(isDnsLabel) && Number(port) <= 65_535)
    return { kind: "service", namespace, name, port: Number(port) };
  const addresses = itemsOf(text);
  return addresses.every((address) => addressFault(address) === undefined)
    ? { kind: "addresses", addresses }
    : undefined;
}

function textsOf(value: unknown): Readonly<Partial<Record<string, string>>> {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(Object.entries(value).filter(([, text]) => typeof text === "string"));
}
