import { type ApiObject, JsonPatch } from "cdk8s";

/**
 * The first JSON patch of an object that does not fit it, as in `/spec/hard/pods`: of those, cdk8s tells only the
 * TypeError that it ends with.
 *
 * @returns undefined where all patches fit, or the object cannot be resolved even without them.
 */
export function findPatchFault(object: ApiObject): string | undefined {
  // private to cdk8s: nothing else of it gives the patches, or the object without them
  const patches: unknown = Reflect.get(object, "patches");
  if (!Array.isArray(patches)) return undefined;
  const unpatched: ApiObject = Object.create(object, { patches: { value: [] } });
  let json: unknown;
  try {
    json = unpatched.toJson();
  } catch {
    return undefined;
  }
  for (const patch of patches) {
    try {
      json = JsonPatch.apply(json, patch);
    } catch {
      return pathOf(patch);
    }
  }
  return undefined;
}

function pathOf(patch: JsonPatch): string {
  const { op, path } = patch._toJson();
  return `${op} ${path}`;
}
