import type { Manifest } from "../model/manifest.ts";
import { isDnsLabel } from "../model/names.ts";
import { groupOf } from "../model/ref.ts";
import { asList, asRecord } from "./fields.ts";
import { isPort, isPortOrName, MAX_PORT, PROTOCOLS } from "./ports.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Ports of a Service, by the rules of the API server; its other fields are the cluster's to judge. */
export function checkService({ apiVersion, kind, ...fields }: Manifest): readonly string[] {
  if (kind !== "Service" || groupOf(apiVersion) !== "") return [];
  const spec = asRecord(fields["spec"]);
  const ports = asList(spec["ports"]).map(asRecord);
  const needsPorts = spec["clusterIP"] !== "None" && spec["type"] !== "ExternalName";
  if (ports.length === 0) return needsPorts ? ["spec.ports: is empty; name at least one"] : [];
  return [
    ...ports.flatMap((port, index) => checkPort(`spec.ports[${index}]`, port)),
    ...(ports.length > 1 && ports.some(isUnnamed) ? ["spec.ports: several have no name; name each of them"] : []),
    ...twice(ports.filter((port) => !isUnnamed(port)).map(({ name }) => `name "${name}"`)),
    ...twice(ports.map(({ port, protocol }) => `port ${port}/${protocol || "TCP"}`)),
  ];
}

const isUnnamed = ({ name }: Fields): boolean => name === undefined || name === "";

function checkPort(at: string, { name, port, protocol, targetPort }: Fields): readonly string[] {
  const faults: string[] = [];
  if (!isUnnamed({ name }) && !(typeof name === "string" && isDnsLabel(name))) {
    faults.push(`${at}.name: "${name}" is no DNS label; use a-z, 0-9 and -, at most 63 characters`);
  }
  if (!isPort(port)) faults.push(`${at}.port: "${port}" is no port; use 1 to ${MAX_PORT}`);
  if (protocol !== undefined && protocol !== "" && !PROTOCOLS.includes(protocol)) {
    faults.push(`${at}.protocol: "${protocol}" is none; use TCP, UDP or SCTP`);
  }
  // the API server takes an empty one for the port itself
  if (targetPort !== undefined && targetPort !== 0 && targetPort !== "" && !isPortOrName(targetPort)) {
    faults.push(
      `${at}.targetPort: "${targetPort}" is no port; use 1 to ${MAX_PORT}, or the name of a container's port`,
    );
  }
  return faults;
}

const twice = (things: readonly string[]): readonly string[] =>
  [...new Set(things.filter((thing, index) => things.indexOf(thing) < index))].map(
    (thing) => `spec.ports: ${thing} is there twice; take one out`,
  );
