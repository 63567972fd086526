/** Minor versions of Istio whose charts and control planes were tried with what we render. */
export const ISTIO_MINORS: readonly string[] = ["1.30", "1.31"];

/**
 * What is wrong with a version of Istio; undefined for one that we claim.
 *
 * Before 1.30, istiod changes `failurePolicy` of its own webhooks, and every installer would undo that for ever.
 */
export function istioVersionFault(version: string): string | undefined {
  const minor = /^(\d+\.\d+)\.\d+(?:-[a-z0-9]+(?:\.[a-z0-9]+)*)?$/.exec(version)?.[1];
  if (minor !== undefined && ISTIO_MINORS.includes(minor)) return undefined;
  const known = ISTIO_MINORS.map((each) => `${each}.x`).join(" or ");
  return minor === undefined
    ? `"${version}" is no version of Istio; write it as "1.31.1"`
    : `"${version}" is not one that was tried with us; use ${known}`;
}
