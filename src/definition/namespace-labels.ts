import { MANAGED_BY_LABEL } from "../model/labels.ts";

/** Beginning of the labels by which the API server knows how much a namespace's pods may do. */
export const POD_SECURITY = "pod-security.kubernetes.io/";

/** Beginning of our own labels and annotations. */
export const OURS = "logical-clouds.io/";

/** What a label that a user gives a namespace must not be, since we set it; undefined for any other. */
export function givenLabelFault(key: string): string | undefined {
  if (key.startsWith(POD_SECURITY)) return `"${key}" says how much pods may do; use podSecurity`;
  if (key.startsWith(OURS) || key === MANAGED_BY_LABEL) {
    return `"${key}" is a label by which we know our objects; leave it out`;
  }
  return undefined;
}
