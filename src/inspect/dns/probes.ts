import type { CloudZone } from "../../dns/cluster-dns.ts";
import type { RecordType } from "../../dns/message.ts";
import type { LiveManifest } from "../../model/manifest.ts";

/**
 * What a name's answer should be:
 *
 * - `same`: that of another name at the same server
 * - `answer`: any
 * - `missing`: that there is no such name
 * - `reached`: what the zone's own DNS server says, whatever it is
 */
type Expectation =
  | { readonly kind: "same"; readonly name: string }
  | { readonly kind: "answer" | "missing" | "reached" };

/** A name to ask for. */
export interface Probe {
  /** Without a dot at its end. */
  readonly name: string;
  /** Asked for each; their answers count together. */
  readonly types: readonly RecordType[];
  readonly expected: Expectation;
  /** Whether somebody counts on an answer. */
  readonly isPromised: boolean;
}

/** A Service of one of the zone's namespaces. */
interface ServiceName {
  readonly namespace: string;
  readonly name: string;
  /** Of named ports, as in `_http._tcp`. */
  readonly ports: readonly string[];
}

const ADDRESSES: readonly RecordType[] = ["A", "AAAA"];

/** A name that no Service has. */
const NOBODY = "lcloud-no-such-service";

/**
 * The names to ask for, to know that a zone is answered: those of promised Services, or of all that there are, and one
 * that nobody has. In mode `forward` only its DNS server knows which names there are, so there are those promised, and the
 * zone itself.
 *
 * @param services - Live, of the zone's namespaces; those of type ExternalName have no answer of the cluster's own.
 */
export function probesOf(zone: CloudZone, services: readonly LiveManifest[]): readonly Probe[] {
  const isPromised = zone.services.length > 0;
  const names = isPromised ? promisedOf(zone, services) : zone.mode === "forward" ? [] : foundOf(services);
  const probes = names.flatMap((name) => probesOfService(zone, name)).map((probe) => ({ ...probe, isPromised }));
  const { zone: name } = zone;
  if (zone.mode === "forward")
    return [...probes, { name, types: ["A"], expected: { kind: "reached" }, isPromised: true }];
  const nobody = zone.mode === "native" ? ownName(zone, zone.namespaces[0] ?? "", NOBODY) : `${NOBODY}.${name}`;
  return [...probes, { name: nobody, types: ADDRESSES, expected: { kind: "missing" }, isPromised: true }];
}

const promisedOf = (zone: CloudZone, services: readonly LiveManifest[]): readonly ServiceName[] => {
  const found = foundOf(services);
  return zone.services.map((service) => {
    const [namespace = "", name = ""] = service.split("/");
    return found.find((each) => each.namespace === namespace && each.name === name) ?? { namespace, name, ports: [] };
  });
};

const foundOf = (services: readonly LiveManifest[]): readonly ServiceName[] =>
  services.filter((service) => specOf(service).type !== "ExternalName").map(nameOf);

function nameOf(service: LiveManifest): ServiceName {
  const { name, namespace = "" } = service.metadata;
  const ports = (specOf(service).ports ?? []).flatMap(({ name: port, protocol = "TCP" }) =>
    port === undefined ? [] : [`_${port}._${protocol.toLowerCase()}`],
  );
  return { namespace, name, ports };
}

interface ServiceSpec {
  readonly type?: string;
  readonly ports?: readonly { readonly name?: string; readonly protocol?: string }[];
}

const specOf = (service: LiveManifest): ServiceSpec => (service["spec"] ?? {}) as ServiceSpec;

/** Its short name first. */
function probesOfService(
  zone: CloudZone,
  { namespace, name, ports }: ServiceName,
): readonly Omit<Probe, "isPromised">[] {
  const own = ownName(zone, namespace, name);
  if (zone.mode === "native") return [{ name: own, types: ADDRESSES, expected: { kind: "answer" } }];
  const long = `${name}.${namespace}.${zone.zone}`;
  const names = namespace === zone.namespaces[0] ? [`${name}.${zone.zone}`, long] : [long];
  if (zone.mode === "forward") {
    return names.slice(0, 1).map((each) => ({ name: each, types: ADDRESSES, expected: { kind: "answer" } }));
  }
  return [
    ...names.map(
      (each): Omit<Probe, "isPromised"> => ({
        name: each,
        types: ADDRESSES,
        expected: { kind: "same", name: own },
      }),
    ),
    ...ports.map(
      (port): Omit<Probe, "isPromised"> => ({
        name: `${port}.${names[0]}`,
        types: ["SRV"],
        expected: { kind: "same", name: `${port}.${own}` },
      }),
    ),
  ];
}

const ownName = ({ clusterDomain }: CloudZone, namespace: string, service: string): string =>
  `${service}.${namespace}.svc.${clusterDomain}`;
