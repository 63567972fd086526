import { meshRevision, NETWORK_LABEL, REVISION_LABEL } from "../mesh/names.ts";
import type { CloudDefinition } from "./cloud-definition.ts";

/** Labels of Namespaces by which control planes of Istio and its plugins choose them. */
const OF_MESHES: readonly string[] = [REVISION_LABEL, "istio-injection", "istio.io/dataplane-mode", NETWORK_LABEL];

/** Labels of a cloud's namespaces that its mesh asks for. */
export function meshLabels({ name, mesh }: CloudDefinition): Readonly<Record<string, string>> {
  if (mesh === undefined) return {};
  if (mesh.mode === "dedicated") return { [REVISION_LABEL]: meshRevision(name) };
  return { ...mesh.discoveryLabels, [REVISION_LABEL]: mesh.revision };
}

/** Whether a label of a Namespace says which mesh its pods are in. */
export const isMeshLabel = (key: string): boolean => OF_MESHES.includes(key);
