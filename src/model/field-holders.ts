import { FIELD_MANAGER } from "./labels.ts";
import type { LiveManifest, Manifest } from "./manifest.ts";
import { type Fields, isFields, isSame, valueAt } from "./same-value.ts";

/**
 * Field managers that have a field of a manifest otherwise than it says: those from whom a forced server-side apply of ours
 * would take it. Of lists it is not known who has which element; a manager of any counts.
 *
 * @returns Each once; empty where an apply meets no conflict.
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts
 */
export function holdersOf(manifest: Manifest, live: LiveManifest): readonly string[] {
  const { managedFields = [] } = live.metadata;
  const holders = managedFields.flatMap(({ manager, operation, fieldsV1 = {} }) => {
    const isOurs = manager === FIELD_MANAGER && operation === "Apply";
    return manager === undefined || isOurs || !holdsOtherwise(manifest, live, fieldsV1) ? [] : [manager];
  });
  return [...new Set(holders)];
}

function holdsOtherwise(wanted: Fields, has: unknown, owned: Fields): boolean {
  return Object.entries(wanted).some(([key, value]) => {
    const node = valueAt(owned, `f:${key}`);
    if (!isFields(node)) return false;
    const hasValue = isFields(has) ? valueAt(has, key) : undefined;
    return isFields(value) ? holdsOtherwise(value, hasValue, node) : !isSame(value, hasValue);
  });
}
