import type { LiveManifest } from "../model/manifest.ts";
import { formatRef, refOf } from "../model/ref.ts";
import type { CloudZone } from "./cluster-dns.ts";

/** What CoreDNS follows to another name, by asking itself: Services of type ExternalName, EndpointSlices of names. */
export const POINTER_KINDS = [
  { apiVersion: "v1", kind: "Service" },
  { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice" },
] as const;

/** Most of them that are named. */
const MAX_NAMED = 3;

/**
 * Those that point into a zone, as the policy of {@link zoneGuard} tells them: it does not take away what was there before
 * it, and some clusters have none.
 *
 * @param objects - Of {@link POINTER_KINDS}; others point nowhere.
 */
export function findPointers({ zone, mode }: CloudZone, objects: readonly LiveManifest[]): readonly LiveManifest[] {
  if (mode === "native") return [];
  return objects.filter((object) => namesIn(object).some((name) => isInZone(name, zone)));
}

/** What pointers mean, for people. @param pointers - Never empty. */
export function pointerRemark(cloud: string, zone: string, pointers: readonly LiveManifest[]): string {
  const named = pointers
    .slice(0, MAX_NAMED)
    .map((object) => formatRef(refOf(object)))
    .join(", ");
  const more = pointers.length > MAX_NAMED ? ` and ${pointers.length - MAX_NAMED} more` : "";
  return `zone ${zone} of cloud ${cloud} is pointed into by ${named}${more}, so that DNS asks itself`;
}

/** What to do about them. */
export const POINTER_REMEDY = "delete them, or have them name a Service itself, as in name.namespace.svc";

/** By whole labels, in either case, with a dot at the end or without. */
const isInZone = (name: string, zone: string): boolean =>
  `.${name.replace(/[A-Z]/g, (letter) => letter.toLowerCase())}.`.replaceAll("..", ".").endsWith(`.${zone}.`);

function namesIn(object: LiveManifest): readonly string[] {
  if (object.kind === "Service") {
    const { type, externalName } = (object["spec"] ?? {}) as { readonly type?: string; readonly externalName?: string };
    return type === "ExternalName" && externalName !== undefined ? [externalName] : [];
  }
  const { addressType, endpoints } = object as unknown as EndpointSlice;
  return addressType === "FQDN" ? (endpoints ?? []).flatMap(({ addresses }) => addresses ?? []) : [];
}

interface EndpointSlice {
  readonly addressType?: string;
  readonly endpoints?: readonly { readonly addresses?: readonly string[] }[] | null;
}
