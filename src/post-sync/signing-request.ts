import type { LiveManifest, Manifest } from "../model/manifest.ts";

/** The fields of a CertificateSigningRequest that we read. @see https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/certificate-signing-request-v1/ */
interface SigningSpec {
  /** PKCS#10 in PEM, in base64. */
  readonly request?: string;
  readonly signerName?: string;
  readonly usages?: readonly string[];
  readonly expirationSeconds?: number;
  /** Set by the API server, whatever was sent. */
  readonly username?: string;
}

interface SigningStatus {
  readonly conditions?: readonly SigningCondition[];
  /** PEM in base64. */
  readonly certificate?: string;
}

/** Those types that we read have no other status than `True`. */
interface SigningCondition {
  readonly type: string;
  readonly reason?: string;
  readonly message?: string;
}

/**
 * What a live request is to us.
 *
 * - `planted`: it has our name and asks for something else
 * - `taken`: it asks for our very bytes, in the name of somebody who may not request
 * - the others: it is ours, and that far
 */
export type RequestState = "planted" | "taken" | "pending" | "approved" | "issued" | "denied" | "failed";

export const specOf = (manifest: Manifest): SigningSpec => (manifest["spec"] ?? {}) as SigningSpec;
export const statusOf = (live: LiveManifest): SigningStatus => (live["status"] ?? {}) as SigningStatus;

/**
 * Compare a live request, field by field, with the reviewed one. Names and labels prove nothing: whoever may create
 * requests may use ours.
 *
 * @param requesters - User names of those who may have made it.
 */
export function judgeRequest(live: LiveManifest, reviewed: Manifest, requesters: ReadonlySet<string>): RequestState {
  const differences = differencesOf(live, reviewed);
  if (differences.includes("request")) return "planted";
  if (!requesters.has(specOf(live).username ?? "")) return "taken";
  return differences.length > 0 ? "planted" : progressOf(live);
}

/** The fields of `spec` in which a live request is not the reviewed one. */
export function differencesOf(live: LiveManifest, reviewed: Manifest): readonly (keyof SigningSpec)[] {
  const [there, ours] = [specOf(live), specOf(reviewed)];
  const fields: readonly (keyof SigningSpec)[] = ["request", "signerName", "usages", "expirationSeconds"];
  return fields.filter((field) => comparable(there[field]) !== comparable(ours[field]));
}

export const conditionOf = (live: LiveManifest, type: string): SigningCondition | undefined =>
  statusOf(live).conditions?.find((condition) => condition.type === type);

function progressOf(live: LiveManifest): RequestState {
  if (conditionOf(live, "Denied")) return "denied";
  if (conditionOf(live, "Failed")) return "failed";
  if (!conditionOf(live, "Approved")) return "pending";
  return statusOf(live).certificate ? "issued" : "approved";
}

/** Usages have no order. */
const comparable = (value: SigningSpec[keyof SigningSpec]): string =>
  JSON.stringify(typeof value === "object" ? [...value].sort() : (value ?? ""));
