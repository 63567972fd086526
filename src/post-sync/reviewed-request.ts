import { CloudError } from "../model/error.ts";
import type { Manifest } from "../model/manifest.ts";
import { formatRef, refOf } from "../model/ref.ts";
import { type CertificateRequest, checkRequest, parseRequest } from "../x509/request.ts";
import { specOf } from "./signing-request.ts";

/** A CertificateSigningRequest of dist/, and what it asks for. */
export interface ReviewedRequest {
  readonly manifest: Manifest;
  readonly request: CertificateRequest;
  readonly expirationSeconds: number;
}

/**
 * Read the request of a user from dist/. That it was reviewed proves little to whoever approves: so it is checked again
 * that it is for that user and for its own key.
 *
 * @throws {@link CloudError} `REQUEST_INVALID`
 */
export function readReviewed(cluster: string, manifest: Manifest, cloud: string, user: string): ReviewedRequest {
  const at = `${cluster}: ${formatRef(refOf(manifest))}`;
  const { request: encoded = "", expirationSeconds } = specOf(manifest);
  if (expirationSeconds === undefined) {
    throw new CloudError("REQUEST_INVALID", `${at} has no spec.expirationSeconds; run lcloud synth`);
  }
  try {
    const request = parseRequest(Buffer.from(encoded, "base64").toString());
    checkRequest(request, cloud, user);
    return { manifest, request, expirationSeconds };
  } catch (cause) {
    if (!(cause instanceof CloudError)) throw cause;
    throw new CloudError(cause.code, `${at}: ${cause.message}`, { cause });
  }
}
