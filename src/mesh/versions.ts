/**
 * Minor versions of Istio whose charts and control planes were tried with what we render, each with the oldest minor version
 * of Kubernetes that it says it runs on.
 *
 * @see https://istio.io/latest/docs/releases/supported-releases/
 */
const ISTIO_MINORS: ReadonlyMap<string, number> = new Map([
  ["1.30", 30],
  ["1.31", 32],
]);

/**
 * What is wrong with a version of Istio; undefined for one that we claim.
 *
 * Before 1.30, istiod changes `failurePolicy` of its own webhooks, and every installer would undo that for ever.
 */
export function istioVersionFault(version: string): string | undefined {
  const minor = /^(\d+\.\d+)\.(?:0|[1-9]\d*)(?:-[a-z0-9]+(?:\.[a-z0-9]+)*)?$/.exec(version)?.[1];
  if (minor !== undefined && ISTIO_MINORS.has(minor)) return undefined;
  const known = [...ISTIO_MINORS.keys()].map((each) => `${each}.x`).join(" or ");
  return minor === undefined
    ? `"${version}" is no version of Istio; write it as "1.31.1"`
    : `"${version}" is not one that was tried with us; use ${known}`;
}

/**
 * Why a version of Istio does not run on one of Kubernetes; undefined where it does, and where one of them is none.
 *
 * @param istio - As in `1.31.1`.
 * @param kubernetes - As in `1.33`.
 */
export function kubernetesFault(istio: string, kubernetes: string): string | undefined {
  const [minor = ""] = /^\d+\.\d+/.exec(istio) ?? [];
  const least = ISTIO_MINORS.get(minor);
  const found = /^1\.(\d+)$/.exec(kubernetes)?.[1];
  if (least === undefined || found === undefined || Number(found) >= least) return undefined;
  return `Istio ${minor} runs on Kubernetes 1.${least} or later, and "${kubernetes}" is older`;
}
