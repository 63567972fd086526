import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { CloudError, type Fault, invalid } from "../model/error.ts";
import { type AuthorityCertificate, readAuthorities } from "../x509/authority.ts";
import { checkAuthority } from "../x509/check-authority.ts";
import { publicKeyOf } from "../x509/identity.ts";
import { type CertifiedNames, constraintsAgainst } from "../x509/name-constraints.ts";
import type { MeshSigner } from "./mesh-trust.ts";

/** A file that somebody has brought. */
export interface BroughtFile {
  /** For messages. */
  readonly path: string;
  readonly text: string;
}

/**
 * Read a root that somebody has brought, or an authority below one with all that stand between them.
 *
 * @param certificates - PEM, whoever signs first, the root last.
 * @param key - PEM of the private key of the first of them, not encrypted.
 * @param names - What is to be certified below it; see `certifiedNames`.
 * @throws {@link CloudError} `INVALID` with all that is wrong; no message has anything of the key in it.
 */
export function readSigner(certificates: BroughtFile, key: BroughtFile, names: CertifiedNames, now: Date): MeshSigner {
  const chain = readChain(certificates);
  const privateKey = readKey(key.text);
  const faults: Fault[] = [];
  const add = (path: string, messages: readonly string[]) =>
    faults.push(...messages.map((message) => ({ path, message })));
  if (typeof chain === "string") add(certificates.path, [chain]);
  else add(certificates.path, [...chainFaults(chain, now), ...nameFaults(chain, names)]);
  if (typeof privateKey === "string") add(key.path, [privateKey]);
  else if (typeof chain !== "string") add(key.path, fitFaults(chain, privateKey));
  const root = typeof chain === "string" ? undefined : chain.at(-1);
  if (faults.length > 0 || root === undefined || typeof chain === "string" || typeof privateKey === "string") {
    throw invalid(faults, "the root was not taken");
  }
  const between = chain.slice(0, -1).map(({ pem }) => pem);
  return {
    root: root.pem,
    chain: between.join(""),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    isBrought: true,
  };
}

/** @returns What is wrong, where it cannot be read. */
function readChain({ text }: BroughtFile): readonly AuthorityCertificate[] | string {
  try {
    const chain = readAuthorities(text);
    return chain.length === 0 ? "is not PEM; put certificates there" : chain;
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    return error.message;
  }
}

function chainFaults(chain: readonly AuthorityCertificate[], now: Date): readonly string[] {
  // an authority of each cluster stands below all of them
  const faults = chain.flatMap((certificate, index) => checkAuthority(certificate, index + 1, now));
  const opened = chain.map(({ pem }) => new X509Certificate(pem));
  const broken = opened.flatMap((certificate, index) => {
    const issuer = opened[index + 1] ?? certificate;
    if (certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)) return [];
    const { subject } = chain[index] as AuthorityCertificate;
    return index === opened.length - 1
      ? `"${subject}" comes last and is no root; append those above it, up to the one that signs itself`
      : `"${subject}" is not signed by the one after it; put the signer first, then whoever signed it, the root last`;
  });
  return [...faults, ...broken];
}

const nameFaults = (chain: readonly AuthorityCertificate[], names: CertifiedNames): readonly string[] =>
  chain.flatMap(({ subject, constraints }) =>
    constraintsAgainst(constraints, names).map(
      (name) => `"${subject}" may not certify ${name}, by its name constraints; bring one that may`,
    ),
  );

/** @returns What is wrong, where it cannot be used. */
function readKey(pem: string): KeyObject | string {
  if (/^-----BEGIN EC PARAMETERS-----/m.test(pem)) {
    return "begins with EC PARAMETERS, which istiod does not read; write it anew with openssl pkey -in KEY -out NEW";
  }
  if (/^-----BEGIN ENCRYPTED |^Proc-Type: 4,ENCRYPTED/m.test(pem)) {
    return "is encrypted; write it without a passphrase to a place of yours alone with openssl pkey -in KEY -out NEW";
  }
  try {
    return createPrivateKey(pem);
  } catch {
    // what OpenSSL says may quote it
    return "is no private key in PEM; bring the one of the first certificate";
  }
}

function fitFaults([signer]: readonly AuthorityCertificate[], key: KeyObject): readonly string[] {
  if (signer === undefined || publicKeyOf(key).equals(signer.publicKey)) return [];
  return [`is not the key of "${signer.subject}"; bring that one, or put its certificate first`];
}
