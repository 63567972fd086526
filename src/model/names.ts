const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const QUALIFIED_NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;

/** RFC 1123 label: at most 63 characters. @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
export const isDnsLabel = (name: string): boolean => name.length <= 63 && DNS_LABEL.test(name);

/** RFC 1123 subdomain: at most 253 characters. */
export const isDnsSubdomain = (name: string): boolean => name.length <= 253 && DNS_SUBDOMAIN.test(name);

/**
 * Name that is a safe segment of a URL path, as RBAC objects have it: no `/`, no `%`, not `.` or `..`. API servers take
 * control characters too, but an inventory has a line for each name, and terminals obey them.
 */
export const isPathSegment = (name: string): boolean =>
  name.length > 0 && name !== "." && name !== ".." && !/[/%\p{Cc}]/u.test(name);

/** A text that can be printed: no control characters, which terminals obey, and nothing that reorders what is read. */
export const isOneLine = (text: string): boolean => !/[\p{Cc}\u2028-\u202e\u2066-\u2069]/u.test(text);

/** Key of a label or annotation: `[prefix/]name`; the prefix is a DNS subdomain, the name has at most 63 characters. */
export function isQualifiedName(key: string): boolean {
  const slash = key.indexOf("/");
  const name = key.slice(slash + 1);
  return (slash < 0 || isDnsSubdomain(key.slice(0, slash))) && name.length <= 63 && QUALIFIED_NAME.test(name);
}

/** Value of a label: empty, or at most 63 characters. */
export const isLabelValue = (value: string): boolean =>
  value === "" || (value.length <= 63 && QUALIFIED_NAME.test(value));
