import { NODE_SELECTOR, STATUS_PORT } from "../mesh/names.ts";
import { cidrFault } from "./cidr.ts";
import type { GatewayProps } from "./cluster-mesh.ts";
import { ipFault, normalIp } from "./ip-address.ts";
import { labelKeyFault, labelValueFault } from "./label-faults.ts";
import { OURS } from "./namespace-labels.ts";

/** Mistakes in what one place says of gateways, by themselves. */
export function checkGateway(gateway: GatewayProps): readonly string[] {
  const { addresses = [], nodeSelector = {}, annotations = {}, port = 1, cidrs } = gateway;
  const isPort = Number.isInteger(port) && port >= 1 && port <= 65_535;
  return [
    ...addresses.flatMap((address) => ipFault(address) ?? []).map((fault) => `addresses: ${fault}`),
    ...repeated(addresses).map((address) => `addresses: "${address}" is there twice; name it once`),
    ...Object.entries(nodeSelector).flatMap(([key, value]) =>
      [labelKeyFault(key), labelValueFault(value)].flatMap((fault) =>
        fault === undefined ? [] : `nodeSelector: ${fault}`,
      ),
    ),
    ...Object.keys(annotations).flatMap((key) => checkAnnotation(key).map((fault) => `annotations: ${fault}`)),
    ...(isPort ? [] : [`port: ${port} is no port; give 1 to 65535`]),
    ...(port === STATUS_PORT
      ? [`port: ${port} is where the gateway says whether it is ready; choose another one`]
      : []),
    // a rule of a NetworkPolicy that names nobody is for everybody
    ...(cidrs?.length === 0 ? ["cidrs: name no address; leave it out, or say where the gateway is"] : []),
    ...(cidrs ?? []).flatMap((cidr) => cidrFault(cidr) ?? []).map((fault) => `cidrs: ${fault}`),
  ];
}

/** Addresses that are there before, however they are written. */
const repeated = (addresses: readonly string[]): readonly string[] => {
  const normal = addresses.map(normalIp);
  return [...new Set(addresses.filter((_, index) => normal.indexOf(normal[index] ?? "") !== index))];
};

function checkAnnotation(key: string): readonly string[] {
  if (key === NODE_SELECTOR) return [`"${key}" says which nodes count; use nodeSelector`];
  if (key.startsWith(OURS)) return [`"${key}" is ours; leave it out`];
  const fault = labelKeyFault(key);
  return fault === undefined ? [] : [fault.replace("label key", "annotation key")];
}

/**
 * What one place says in vain, since the exposure is another.
 *
 * @param given - What that place says.
 * @param exposure - What holds in the end.
 */
export function checkUnused(
  { addresses = [], nodeSelector = {} }: GatewayProps,
  exposure: GatewayProps["exposure"],
): readonly string[] {
  const unused = [
    ...(addresses.length > 0 ? ([["addresses", "externalIPs"]] as const) : []),
    ...(Object.keys(nodeSelector).length > 0 ? ([["nodeSelector", "NodePort"]] as const) : []),
  ].filter(([, needed]) => needed !== exposure);
  return unused.map(
    ([field, needed]) => `${field}: is of exposure "${needed}" alone, and it is "${exposure}"; take one of them out`,
  );
}
