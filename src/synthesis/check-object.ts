import type { Item } from "../definition/rendered-object.ts";
import { CloudError } from "../model/error.ts";
import { isBinding, isRole } from "../model/policy-rule.ts";
import { refKey, refOf } from "../model/ref.ts";
import { formatManifest } from "../rendered/format-yaml.ts";
import { checkBinding, checkRole } from "./check-access.ts";
import { isNamespace } from "./check-kind.ts";
import { checkMetadata } from "./check-metadata.ts";
import { checkNetworkPolicy } from "./check-network.ts";
import { checkPlace } from "./check-place.ts";
import { checkPodSecurity } from "./check-pod-security.ts";
import { checkQuota } from "./check-quota.ts";
import type { CheckScope } from "./check-scope.ts";
import { checkSize } from "./check-size.ts";

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
    ...(isRole(manifest) ? checkRole(manifest, scope) : []),
    ...(isBinding(manifest) ? checkBinding(manifest, scope) : []),
    ...checkQuota(manifest),
    ...checkNetworkPolicy(manifest),
    ...checkPodSecurity(manifest, scope),
  ];
  const { text, fault } = format(manifest);
  if (fault !== undefined) faults.push(fault);
  faults.push(...checkSize(manifest, text));
  const category = isNamespace(manifest) ? "namespace" : isBinding(manifest) ? "binding" : "other";
  return { item, key: refKey(refOf(manifest)), text, faults, category };
}

function format(manifest: Item["manifest"]): { readonly text: string; readonly fault?: string } {
  try {
    return { text: formatManifest(manifest) };
  } catch (cause) {
    if (!(cause instanceof CloudError)) throw cause;
    return { text: "", fault: cause.message };
  }
}
