import type { Manifest } from "../model/manifest.ts";
import { isQualifiedName } from "../model/names.ts";
import { groupOf } from "../model/ref.ts";
import { isNamespace } from "./check-kind.ts";
import { asRecord, asTexts } from "./fields.ts";

/** Finalizers of an object, and those of a Namespace's spec, by the rules of the API server. */
export function checkFinalizers(manifest: Manifest): readonly string[] {
  const names = asTexts(asRecord(manifest.metadata)["finalizers"]);
  const inSpec = isNamespace(manifest) ? asTexts(asRecord(manifest["spec"])["finalizers"]) : [];
  if (names.length + inSpec.length === 0) return [];
  const twice = new Set(names.filter((name, index) => names.indexOf(name) < index));
  const isTorn = names.includes("orphan") && names.includes("foregroundDeletion");
  return [
    ...checkNames("metadata.finalizers", names, isBuiltIn(groupOf(manifest.apiVersion))),
    ...[...twice].map((name) => `metadata.finalizers: "${name}" is there twice; take one out`),
    ...(isTorn ? ["metadata.finalizers: orphan and foregroundDeletion exclude each other; take one out"] : []),
    ...checkNames("spec.finalizers", inSpec, true),
  ];
}

/** Kubernetes' own finalizers, which have no domain. */
const STANDARD: readonly string[] = ["kubernetes", "orphan", "foregroundDeletion"];

function checkNames(at: string, names: readonly string[], needDomain: boolean): readonly string[] {
  return names
    .filter((name) => !isQualifiedName(name) || (needDomain && !name.includes("/") && !STANDARD.includes(name)))
    .map((name) => `${at}: "${name}" is no finalizer; write it as domain/name`);
}

/** Whether the kinds of a group are surely Kubernetes' own: others need a dot, and leave finalizers without a domain. */
const isBuiltIn = (group: string): boolean =>
  !group.includes(".") || group === "networking.k8s.io" || group === "rbac.authorization.k8s.io";
