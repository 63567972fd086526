import { readPrivateFile, writePrivateFile } from "../keys/private-file.ts";
import { type CredentialPlace, certificatePath } from "../keys/state-layout.ts";
import { CloudError } from "../model/error.ts";
import { type Certificate, readCertificate } from "../x509/certificate.ts";
import type { CertificateRequest } from "../x509/request.ts";
import type { ReviewedRequest } from "./reviewed-request.ts";
import { isFresh, type StoredCredential } from "./stored-credential.ts";

/** Seconds that Kubernetes' signer puts before the moment of signing, and as many for a clock that is ahead. */
const LIFETIME_TOLERANCE_SECONDS = 600;

/**
 * The stored certificate of a user for one cluster, if it is for today's request and has not ended.
 *
 * It is not fresh if today's lifetime is shorter than its own.
 *
 * @throws {@link CloudError} `KEY_STORE` for a file that is open to others.
 */
export async function findCertificate(
  place: CredentialPlace,
  { request, expirationSeconds }: ReviewedRequest,
  now: Date,
): Promise<StoredCredential | undefined> {
  const certificate = readOrForget(await readPrivateFile(certificatePath(place)));
  if (certificate === undefined || !fits(certificate, request)) return undefined;
  const { notBefore, notAfter, pem } = certificate;
  if (notBefore > now || notAfter <= now) return undefined;
  const lifetimeSeconds = (notAfter.getTime() - notBefore.getTime()) / 1000;
  return {
    credential: { kind: "certificate", certificate: pem },
    expires: notAfter,
    isFresh: isFresh(notBefore, notAfter, now) && lifetimeSeconds <= expirationSeconds + LIFETIME_TOLERANCE_SECONDS,
  };
}

/** @throws {@link CloudError} `KEY_STORE` */
export const storeCertificate = async (place: CredentialPlace, { pem }: Certificate): Promise<void> =>
  writePrivateFile(certificatePath(place), pem);

/** What cannot be read is as good as none: another one will take its place. */
function readOrForget(pem: string | undefined): Certificate | undefined {
  if (pem === undefined) return undefined;
  try {
    return readCertificate(pem);
  } catch (error) {
    if (error instanceof CloudError) return undefined;
    throw error;
  }
}

const fits = (certificate: Certificate, request: CertificateRequest): boolean =>
  certificate.publicKey.equals(request.publicKey) &&
  certificate.commonName === request.commonName &&
  certificate.organization === request.organization;
