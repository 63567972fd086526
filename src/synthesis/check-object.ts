import type { Item } from "../definition/rendered-object.ts";
import { keepText } from "../engine/protection.ts";
import type { Writer } from "../model/delivery.ts";
import { CloudError } from "../model/error.ts";
import type { Manifest } from "../model/manifest.ts";
import { isBinding, isRole } from "../model/policy-rule.ts";
import { refKey, refOf } from "../model/ref.ts";
import { formatManifest } from "../rendered/format-yaml.ts";
import { checkBinding, checkRole } from "./check-access.ts";
import { checkConfigMap } from "./check-config-map.ts";
import { checkFields } from "./check-fields.ts";
import { isNamespace } from "./check-kind.ts";
import { checkLimitRange } from "./check-limits.ts";
import { checkMetadata } from "./check-metadata.ts";
import { checkNetworkPolicy } from "./check-network.ts";
import { checkPlace } from "./check-place.ts";
import { checkPodSecurity } from "./check-pod-security.ts";
import { checkQuota } from "./check-quota.ts";
import type { CheckScope } from "./check-scope.ts";
import { checkService } from "./check-service.ts";
import { checkServiceAccount } from "./check-service-account.ts";
import { checkSize } from "./check-size.ts";
import { lettingGo } from "./leaving.ts";

/** A final object, checked by itself. */
export interface CheckedObject {
  readonly item: Item;
  /** `refKey` */
  readonly key: string;
  /** YAML; empty where YAML cannot hold it. */
  readonly text: string;
  readonly faults: readonly string[];
  /** What later checks ask for. */
  readonly category: "namespace" | "binding" | "other";
}

/** Check an object without regard to others, and format it. */
export function checkObject(item: Item, scope: CheckScope): CheckedObject {
  const { manifest } = item;
  const faults = [
    ...checkMetadata(manifest, scope.cloud),
    ...checkPlace(manifest, scope),
    ...checkContents(manifest, scope),
  ];
  const isLetGo = scope.isLeaving && isNamespace(manifest);
  const { text, fault } = format(isLetGo ? lettingGo(manifest, scope.writer) : manifest, scope.writer);
  if (fault !== undefined) faults.push(fault);
  faults.push(...checkSize(manifest, text));
  const category = isNamespace(manifest) ? "namespace" : isBinding(manifest) ? "binding" : "other";
  return { item, key: refKey(refOf(manifest)), text, faults, category };
}

/** What an object says: its fields, and where those are in order, what they hold. */
function checkContents(manifest: Manifest, scope: CheckScope): readonly string[] {
  const wrongFields = checkFields(manifest);
  if (wrongFields.length > 0) return wrongFields;
  return [
    ...(isRole(manifest) ? checkRole(manifest, scope) : []),
    ...(isBinding(manifest) ? checkBinding(manifest, scope) : []),
    ...checkQuota(manifest),
    ...checkLimitRange(manifest),
    ...checkNetworkPolicy(manifest),
    ...checkPodSecurity(manifest, scope),
    ...checkConfigMap(manifest),
    ...checkService(manifest),
    ...checkServiceAccount(manifest),
  ];
}

function format(manifest: Manifest, writer: Writer): { readonly text: string; readonly fault?: string } {
  try {
    const text = formatManifest(manifest);
    const annotations = keepText(writer, text);
    return { text: Object.keys(annotations).length === 0 ? text : formatManifest(annotated(manifest, annotations)) };
  } catch (cause) {
    if (!(cause instanceof CloudError)) throw cause;
    return { text: "", fault: cause.message };
  }
}

const annotated = (manifest: Manifest, annotations: Readonly<Record<string, string>>): Manifest => ({
  ...manifest,
  metadata: { ...manifest.metadata, annotations: { ...manifest.metadata.annotations, ...annotations } },
});
