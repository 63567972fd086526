import { isQualifiedName } from "../model/names.ts";
import { isStandardResource } from "./quota-keys.ts";

const OF_CONTAINERS: ReadonlySet<string> = new Set(["cpu", "memory", "ephemeral-storage"]);

const HUGE_PAGES = "hugepages-";

/**
 * Whether a LimitRange can limit a resource, by the rules of the API server.
 *
 * @param type - Of what: Container, Pod, PersistentVolumeClaim or one of somebody else.
 * @returns What is wrong and what to do; undefined for a right one.
 */
export function limitedResourceFault(type: string, resource: string): string | undefined {
  const isOfPods = type === "Container" || type === "Pod";
  if (isOfPods ? isOfContainers(resource) : isKnown(resource)) return undefined;
  return isOfPods
    ? "is no resource of a container; use cpu, memory, ephemeral-storage, hugepages-<size> or <domain>/<name>"
    : "is no resource; use storage, or <domain>/<name>";
}

function isOfContainers(resource: string): boolean {
  if (!isQualifiedName(resource)) return false;
  if (!resource.includes("/")) return OF_CONTAINERS.has(resource) || resource.startsWith(HUGE_PAGES);
  if (isNative(resource)) return true;
  // it has to have a name in a quota
  return !resource.startsWith("requests.") && isQualifiedName(`requests.${resource}`);
}

const isKnown = (resource: string): boolean =>
  isQualifiedName(resource) && (resource.includes("/") || isStandardResource(resource));

/** Whether a resource is Kubernetes' own. */
const isNative = (resource: string): boolean => !resource.includes("/") || resource.includes("kubernetes.io/");

/** Whether a limit may be more than its request: of what nobody can share, it may not. */
export const isShareable = (resource: string): boolean => isNative(resource) && !resource.startsWith(HUGE_PAGES);
