import { X509Certificate } from "node:crypto";
import { Malformed } from "./der.ts";
import { publicKeyOf } from "./identity.ts";

/** @throws {@link Malformed} */
export function openCertificate(der: Buffer): X509Certificate {
  try {
    return new X509Certificate(der);
  } catch (cause) {
    throw new Malformed("it is not an X.509 certificate", { cause });
  }
}

/**
 * OpenSSL reads the key only where it is asked for.
 *
 * @returns SubjectPublicKeyInfo in DER.
 * @throws {@link Malformed}
 */
export function keyIn(certificate: X509Certificate): Buffer {
  try {
    return publicKeyOf(certificate.publicKey);
  } catch (cause) {
    throw new Malformed("its key cannot be read", { cause });
  }
}
