import type { AuthorityCertificate } from "./authority.ts";
import { Malformed, readDer } from "./der.ts";
import { readPublicKey } from "./public-key.ts";
import { signatureFamily } from "./signature.ts";

/** Identifiers of the extended key usages of TLS. */
const [SERVER_AUTH, CLIENT_AUTH] = ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"] as const;

/**
 * Whether an authority can stand above the workloads of a mesh. istiod itself refuses only a part of what Envoy then
 * refuses in each of its workloads' certificates.
 *
 * @param below - How many authorities are to stand below it.
 * @returns What is wrong and what to do, a line for each; empty if nothing is.
 */
export function checkAuthority(certificate: AuthorityCertificate, below: number, now: Date): readonly string[] {
  const { subject, pathLength = Number.POSITIVE_INFINITY, notBefore, notAfter } = certificate;
  const wrong: string[] = [];
  if (!certificate.isAuthority) wrong.push("is no authority; make it with basicConstraints critical, CA:TRUE");
  if (!certificate.maySign) wrong.push("may not sign certificates; make it with keyUsage keyCertSign");
  if (certificate.isAuthority && pathLength < below) {
    wrong.push(`allows ${pathLength} authorities below it, not ${below}; make it with pathlen:${below} or more`);
  }
  const usage = certificate.extendedKeyUsage;
  if (usage !== undefined && !(usage.includes(SERVER_AUTH) && usage.includes(CLIENT_AUTH))) {
    wrong.push("has an extended key usage that workloads would be bound to; make it without");
  }
  const family = signatureFamily(certificate.signatureAlgorithm);
  if (family === undefined) wrong.push("is not signed with SHA-256, SHA-384 or SHA-512; sign it anew");
  const weakness = weaknessOf(certificate.publicKey);
  if (weakness !== undefined) wrong.push(weakness);
  else if (family === "ed25519") wrong.push(ED25519);
  if (now < notBefore) wrong.push(`begins at ${notBefore.toISOString()}; wait, or look at the clock of this computer`);
  if (now >= notAfter) wrong.push(`ended at ${notAfter.toISOString()}; bring one that is valid`);
  return wrong.map((message) => `"${subject}" ${message}`);
}

const ED25519 = "is of Ed25519, which Envoy does not take; use ECDSA P-256";

function weaknessOf(publicKey: Buffer): string | undefined {
  try {
    return readPublicKey(readDer(publicKey)).family === "ed25519" ? ED25519 : undefined;
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return `has a key that cannot be used (${error.message}); use ECDSA P-256, or RSA of 2048 bits or more`;
  }
}
