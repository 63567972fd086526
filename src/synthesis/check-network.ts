import { cidrFault, isPartOf } from "../definition/cidr.ts";
import { labelKeyFault, labelValueFault } from "../definition/label-faults.ts";
import type { Manifest } from "../model/manifest.ts";
import { groupOf } from "../model/ref.ts";
import { asList, asRecord, asText } from "./fields.ts";

type Fields = Readonly<Record<string, unknown>>;

/** NetworkPolicies: ports, addresses and selectors, by the rules of the API server. */
export function checkNetworkPolicy({ apiVersion, kind, ...fields }: Manifest): readonly string[] {
  if (kind !== "NetworkPolicy" || groupOf(apiVersion) !== "networking.k8s.io") return [];
  const { podSelector, ingress, egress } = asRecord(fields["spec"]);
  return [
    ...checkSelector("spec.podSelector", podSelector),
    ...asList(ingress).flatMap((rule, index) => checkRule(`spec.ingress[${index}]`, asRecord(rule), "from")),
    ...asList(egress).flatMap((rule, index) => checkRule(`spec.egress[${index}]`, asRecord(rule), "to")),
  ];
}

function checkRule(at: string, rule: Fields, direction: "from" | "to"): readonly string[] {
  return [
    ...asList(rule[direction]).flatMap((peer, index) => checkPeer(`${at}.${direction}[${index}]`, asRecord(peer))),
    ...asList(rule["ports"]).flatMap((port, index) => checkPort(`${at}.ports[${index}]`, asRecord(port))),
  ];
}

function checkPeer(at: string, { ipBlock, podSelector }: Fields): readonly string[] {
  return [
    ...checkSelector(`${at}.podSelector`, podSelector),
    ...(ipBlock === undefined ? [] : checkBlock(`${at}.ipBlock`, asRecord(ipBlock))),
  ];
}

function checkBlock(at: string, { cidr, except }: Fields): readonly string[] {
  const fault = cidrFault(asText(cidr));
  if (fault !== undefined) return [`${at}.cidr: ${fault}`];
  return asList(except).flatMap((part) => {
    const wrong = cidrFault(asText(part));
    if (wrong !== undefined) return [`${at}.except: ${wrong}`];
    const isPart = isPartOf(asText(part), asText(cidr));
    return isPart ? [] : [`${at}.except: "${part}" is no smaller part of "${cidr}"; take it out or correct it`];
  });
}

function checkSelector(at: string, selector: unknown): readonly string[] {
  return Object.entries(asRecord(asRecord(selector)["matchLabels"])).flatMap(([key, value]) => {
    const wrongKey = labelKeyFault(key);
    if (wrongKey !== undefined) return [`${at}: ${wrongKey}`];
    const wrongValue = labelValueFault(value);
    return wrongValue === undefined ? [] : [`${at}.${key}: ${wrongValue}`];
  });
}

const MAX_PORT = 65535;

const isPort = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MAX_PORT;

/** Name of a service as IANA has them. */
const isPortName = (name: string): boolean =>
  name.length <= 15 && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) && /[a-z]/.test(name);

function checkPort(at: string, { port, endPort, protocol = "TCP" }: Fields): readonly string[] {
  const faults: string[] = [];
  const isNamed = typeof port === "string";
  if (port !== undefined && !(isNamed ? isPortName(port) : isPort(port))) {
    faults.push(`${at}.port: "${port}" is no port; use 1 to ${MAX_PORT}, or the name of a container's port`);
  }
  if (!["TCP", "UDP", "SCTP"].includes(asText(protocol))) {
    faults.push(`${at}.protocol: "${protocol}" is none; use TCP, UDP or SCTP`);
  }
  if (endPort !== undefined && !(isPort(port) && isPort(endPort) && endPort >= port)) {
    faults.push(
      `${at}.endPort: "${endPort}" ends no range; use a number from port to ${MAX_PORT}, and a number as port`,
    );
  }
  return faults;
}
