import type { X509Certificate } from "node:crypto";
import { CloudError } from "../model/error.ts";
import { elementsOf, Malformed, readDer, TAG } from "./der.ts";
import { keyIn, openCertificate } from "./open-certificate.ts";
import { formatPem, holdsPrivateKey, readPem } from "./pem.ts";
import type { CertificateRequest } from "./request.ts";
import { readSubject, type Subject } from "./subject.ts";

/** What a client certificate says. */
export interface Certificate extends Subject {
  /** SubjectPublicKeyInfo in DER. */
  readonly publicKey: Buffer;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** The chain, the issued certificate first; LF, lines of 64 characters. */
  readonly pem: string;
}

/** What a certificate must fit to be the one that was asked for. */
interface CertificateExpectation {
  readonly request: CertificateRequest;
  /** Lifetime asked for, in seconds. */
  readonly expirationSeconds: number;
  /** By the API server's clock, since that is the one that counts. */
  readonly now: Date;
}

const LABEL = "CERTIFICATE";

/** Seconds by which the signer's clock may be ahead of the API server's. */
const CLOCK_SKEW_SECONDS = 300;

/** Seconds that a certificate must still have, to be worth handing out. */
const MIN_LEFT_SECONDS = 300;

/**
 * Read the chain that a signer put into `status.certificate`.
 *
 * @param pem - Blocks `CERTIFICATE`, the issued one first.
 * @throws {@link CloudError} `CERTIFICATE_WRONG` for anything else, and unless its subject is one common name and one
 * organization; the message has no place to stand at, so put the cluster and ref before it.
 */
export function readCertificate(pem: string): Certificate {
  try {
    return readChain(pem);
  } catch (cause) {
    if (!(cause instanceof Malformed)) throw cause;
    throw new CloudError("CERTIFICATE_WRONG", `${cause.message}; is its signer the one of Kubernetes?`, { cause });
  }
}

/**
 * Whether a certificate is what its request asked for. The chain is not checked: the client authority is not known where
 * a kubeconfig is (its authority is the serving one), so only the API server can tell.
 *
 * @returns What is wrong, a line for each; empty if nothing is.
 */
export function checkCertificate(certificate: Certificate, expectation: CertificateExpectation): readonly string[] {
  const { request, expirationSeconds, now } = expectation;
  const secondsTo = (time: Date): number => (time.getTime() - now.getTime()) / 1000;
  const faults: string[] = [];
  if (!certificate.publicKey.equals(request.publicKey)) faults.push("it is for another key");
  if (certificate.commonName !== request.commonName) faults.push(`its common name is "${certificate.commonName}"`);
  if (certificate.organization !== request.organization) {
    faults.push(`its organization is "${certificate.organization}"`);
  }
  if (secondsTo(certificate.notBefore) > 0) faults.push(`it begins at ${certificate.notBefore.toISOString()}`);
  const left = secondsTo(certificate.notAfter);
  if (left <= MIN_LEFT_SECONDS) faults.push(`it ends at ${certificate.notAfter.toISOString()}, too soon`);
  if (left > expirationSeconds + CLOCK_SKEW_SECONDS) {
    faults.push(`it ends at ${certificate.notAfter.toISOString()}, after more than ${expirationSeconds} s`);
  }
  return faults;
}

function readChain(pem: string): Certificate {
  if (holdsPrivateKey(pem)) throw new Malformed("it holds a private key");
  const blocks = readPem(pem);
  const [issued] = blocks.map(({ label, der }) => {
    if (label !== LABEL) throw new Malformed(`it has a ${label} in it`);
    return openCertificate(der);
  });
  if (issued === undefined) throw new Malformed("it is not PEM");
  return {
    ...readSubject(subjectOf(issued)),
    publicKey: keyIn(issued),
    notBefore: issued.validFromDate,
    notAfter: issued.validToDate,
    pem: blocks.map(({ label, der }) => formatPem(label, der)).join(""),
  };
}

/** The Name itself: node's text form of a subject cannot tell an RDN of several values from several RDNs. */
function subjectOf(certificate: X509Certificate) {
  const [content] = elementsOf(readDer(certificate.raw), TAG.sequence, 3);
  const [version, _serialNumber, _signature, _issuer, _validity, subject] = elementsOf(content, TAG.sequence);
  if (version === undefined || subject === undefined) throw new Malformed("it is not an X.509 certificate");
  elementsOf(version, TAG.context0, 1);
  return subject;
}
