import { isDnsLabel } from "../model/names.ts";
import type { CloudDefinition } from "./cloud-definition.ts";
import type { NamedService } from "./dns.ts";

/** Mistakes in a list of Services of a cloud. */
export function checkServices(
  cloud: CloudDefinition,
  services: readonly NamedService[],
  areNamespacesKnown: boolean,
): readonly string[] {
  const own = cloud.namespaces.map(({ name }) => name);
  return [
    ...services.flatMap(({ text, name, namespace }) => {
      if (!isServiceName(name)) {
        return [`"${text}" is no Service; write it as "web", or with a namespace as "web.${own[0] ?? cloud.name}"`];
      }
      if (namespace === undefined || !areNamespacesKnown || own.includes(namespace)) return [];
      return [`"${text}": namespace "${namespace}" is not the cloud's; use one of ${own.join(", ")}`];
    }),
    ...twice(services.map(({ text }) => text)).map((text) => `"${text}" is there twice; name it once`),
  ];
}

/** RFC 1035 label, as API servers want it of Services. */
export const isServiceName = (name: string): boolean => isDnsLabel(name) && /^[a-z]/.test(name);

/** Texts that are in a list more than once. */
export const twice = (texts: readonly string[]): readonly string[] => [
  ...new Set(texts.filter((text, index) => texts.indexOf(text) !== index)),
];
