import { hash } from "node:crypto";
import { CloudError } from "../model/error.ts";
import { contentsOf, type Der, elementsOf, Malformed, readDer, TAG, tagOf, writeDer } from "./der.ts";
import { formatConstraints } from "./name-constraints.ts";
import { keyIn, openCertificate } from "./open-certificate.ts";
import { formatPem, holdsPrivateKey, readPem } from "./pem.ts";

/** What the certificate of an authority says; whether it is one that can be used, {@link checkAuthority} tells. */
export interface AuthorityCertificate {
  /** On one line, as in `O=logical-clouds, OU=shop, CN=root 1a2b3c4d`. */
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Whether it says that it is an authority. */
  readonly isAuthority: boolean;
  /** How many authorities may stand below it; undefined where any number may. */
  readonly pathLength?: number;
  /** Whether its key usage lets it sign certificates; one without key usage may do anything. */
  readonly maySign: boolean;
  /** Identifiers, as in `1.3.6.1.5.5.7.3.1`; undefined where any use is allowed. */
  readonly extendedKeyUsage?: readonly string[];
  /** Name constraints, as in `permitted;URI:shop.mesh`. */
  readonly constraints: readonly string[];
  /** SubjectPublicKeyInfo in DER. */
  readonly publicKey: Buffer;
  /** By which those that it has signed name its key; undefined where it names none. */
  readonly keyId?: Buffer;
  /** Its subject in DER. */
  readonly name: Buffer;
  /** AlgorithmIdentifier of its own signature, in DER as hex. */
  readonly signatureAlgorithm: string;
  /** SHA-256 of its DER, in hex. */
  readonly fingerprint: string;
  /** One block, LF, lines of 64 characters. */
  readonly pem: string;
}

/** Contents of the identifiers of extensions (RFC 5280 §4.2.1), in hex. */
export const OID = {
  subjectKeyId: "551d0e",
  keyUsage: "551d0f",
  subjectAltName: "551d11",
  basicConstraints: "551d13",
  nameConstraints: "551d1e",
  authorityKeyId: "551d23",
} as const;

/**
 * Read the first certificate of a text.
 *
 * @param pem - As `ca-cert.pem` is, or a chain whose first one is wanted.
 * @throws {@link CloudError} `CERTIFICATE_WRONG` for a text that has none; the message has no place to stand at, so put the
 * file, or cluster and ref, before it.
 */
export function readAuthority(pem: string): AuthorityCertificate {
  const [first] = readAuthorities(pem);
  if (first !== undefined) return first;
  throw new CloudError("CERTIFICATE_WRONG", "it is not PEM; put a certificate there");
}

/**
 * Read all certificates of a text, in its order; empty for a text without PEM.
 *
 * @throws {@link CloudError} `CERTIFICATE_WRONG` as {@link readAuthority} does, and for anything else in it.
 */
export function readAuthorities(pem: string): readonly AuthorityCertificate[] {
  try {
    if (holdsPrivateKey(pem)) throw new Malformed("it holds a private key beside certificates");
    return readPem(pem).map(({ label, der }) => {
      if (label !== "CERTIFICATE") throw new Malformed(`it has a ${label} in it`);
      return readOne(der);
    });
  } catch (cause) {
    if (!(cause instanceof Malformed)) throw cause;
    throw new CloudError("CERTIFICATE_WRONG", `${cause.message}; put certificates in PEM there`, { cause });
  }
}

function readOne(bytes: Buffer): AuthorityCertificate {
  const certificate = openCertificate(bytes);
  const [content] = elementsOf(readDer(bytes), TAG.sequence, 3);
  const [, , algorithm, , , subject, ...others] = elementsOf(content, TAG.sequence);
  if (algorithm === undefined || subject === undefined) throw new Malformed("it is not version 3 of X.509");
  const extensions = readExtensions(others);
  const [constraints, keyId] = [extensions.get(OID.nameConstraints), extensions.get(OID.subjectKeyId)];
  const basics = extensions.get(OID.basicConstraints);
  const pathLength = pathLengthIn(basics);
  return {
    subject: onOneLine(certificate.subject),
    issuer: onOneLine(certificate.issuer),
    notBefore: certificate.validFromDate,
    notAfter: certificate.validToDate,
    // node would also look at the key usage
    isAuthority: saysAuthority(basics),
    ...(pathLength === undefined ? {} : { pathLength }),
    maySign: maySign(extensions.get(OID.keyUsage)),
    // node's name for them is not that of the field
    ...(certificate.keyUsage === undefined ? {} : { extendedKeyUsage: certificate.keyUsage }),
    constraints: constraints === undefined ? [] : formatConstraints(constraints),
    publicKey: keyIn(certificate),
    ...(keyId === undefined ? {} : { keyId: Buffer.from(contentsOf(keyId, OCTET_STRING), "latin1") }),
    name: writeDer(subject),
    signatureAlgorithm: writeDer(algorithm).toString("hex"),
    fingerprint: hash("sha256", bytes, "hex"),
    pem: formatPem("CERTIFICATE", bytes),
  };
}

const onOneLine = (name: string | undefined): string => (name ?? "").split("\n").join(", ");

const OCTET_STRING = 0x04;
const EXTENSIONS = 0xa3;

/** The values of extensions, by identifier. @param others - What follows the subject in a certificate. */
function readExtensions(others: readonly Der[]): ReadonlyMap<string, Der> {
  const wrapper = others.find((value) => tagOf(value) === EXTENSIONS);
  if (wrapper === undefined) return new Map();
  const [list] = elementsOf(wrapper, EXTENSIONS, 1);
  return new Map(
    elementsOf(list, TAG.sequence).map((extension) => {
      const [identifier, ...rest] = elementsOf(extension, TAG.sequence);
      const value = rest.at(-1);
      if (identifier === undefined || value === undefined) throw new Malformed("its DER has another structure");
      const bytes = Buffer.from(contentsOf(value, OCTET_STRING), "latin1");
      return [Buffer.from(contentsOf(identifier, TAG.objectIdentifier), "latin1").toString("hex"), readDer(bytes)];
    }),
  );
}

const BOOLEAN = 0x01;

function saysAuthority(basicConstraints: Der | undefined): boolean {
  const [first] = basicConstraints === undefined ? [] : elementsOf(basicConstraints, TAG.sequence);
  return first !== undefined && tagOf(first) === BOOLEAN && contentsOf(first, BOOLEAN) === "\xff";
}

function pathLengthIn(basicConstraints: Der | undefined): number | undefined {
  const last = basicConstraints === undefined ? undefined : elementsOf(basicConstraints, TAG.sequence).at(-1);
  if (last === undefined || tagOf(last) !== TAG.integer) return undefined;
  return Number.parseInt(Buffer.from(contentsOf(last, TAG.integer), "latin1").toString("hex"), 16);
}

/** Bit 5 of the first byte, counted from its highest one. */
const KEY_CERT_SIGN = 0b00000100;

const maySign = (keyUsage: Der | undefined): boolean =>
  keyUsage === undefined || (contentsOf(keyUsage, TAG.bitString).charCodeAt(1) & KEY_CERT_SIGN) !== 0;
