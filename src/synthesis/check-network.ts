import { cidrFault, isPartOf } from "../definition/cidr.ts";
import type { Manifest } from "../model/manifest.ts";
import { groupOf } from "../model/ref.ts";
import { checkSelector } from "./check-selector.ts";
import { asList, asRecord, asText } from "./fields.ts";
import { isPort, isPortOrName, MAX_PORT, PROTOCOLS } from "./ports.ts";

type Fields = Readonly<Record<string, unknown>>;

/** NetworkPolicies: ports, addresses and selectors, by the rules of the API server. */
export function checkNetworkPolicy({ apiVersion, kind, ...fields }: Manifest): readonly string[] {
  if (kind !== "NetworkPolicy" || groupOf(apiVersion) !== "networking.k8s.io") return [];
  const { podSelector, policyTypes, ingress, egress } = asRecord(fields["spec"]);
  return [
    ...checkSelector("spec.podSelector", podSelector),
    ...(asList(policyTypes).length > 2 ? ["spec.policyTypes: are more than there are; name each once"] : []),
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

function checkPeer(at: string, { ipBlock, podSelector, namespaceSelector }: Fields): readonly string[] {
  const selects = podSelector !== undefined || namespaceSelector !== undefined;
  return [
    ...checkSelector(`${at}.podSelector`, podSelector),
    ...checkSelector(`${at}.namespaceSelector`, namespaceSelector),
    ...(ipBlock === undefined ? [] : checkBlock(`${at}.ipBlock`, asRecord(ipBlock))),
    ...(ipBlock === undefined && !selects ? [`${at}: is nobody; give podSelector, namespaceSelector or ipBlock`] : []),
    ...(ipBlock !== undefined && selects ? [`${at}: is addresses and pods at once; make two peers of it`] : []),
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

function checkPort(at: string, { port, endPort, protocol = "TCP" }: Fields): readonly string[] {
  const faults: string[] = [];
  if (port !== undefined && !isPortOrName(port)) {
    faults.push(`${at}.port: "${port}" is no port; use 1 to ${MAX_PORT}, or the name of a container's port`);
  }
  if (!PROTOCOLS.includes(protocol)) {
    faults.push(`${at}.protocol: "${protocol}" is none; use TCP, UDP or SCTP`);
  }
  if (endPort !== undefined && !(isPort(port) && isPort(endPort) && endPort >= port)) {
    faults.push(
      `${at}.endPort: "${endPort}" ends no range; use a number from port to ${MAX_PORT}, and a number as port`,
    );
  }
  return faults;
}
