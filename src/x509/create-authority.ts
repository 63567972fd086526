import { hash, type KeyObject, sign } from "node:crypto";
import { type AuthorityCertificate, OID } from "./authority.ts";
import { TAG } from "./der.ts";
import { encode, encodeBits, encodeIdentifier, encodeSequence, encodeTime } from "./encode-der.ts";
import { formatPem } from "./pem.ts";

/** What the certificate of each authority says. */
export interface AuthorityDefinition {
  /** Organizational unit and common name, each of at most 64 characters; the organization is ours. */
  readonly unit: string;
  readonly name: string;
  /** SubjectPublicKeyInfo in DER. */
  readonly publicKey: Buffer;
  /** Both are cut to whole seconds. */
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** 16 random bytes, of which all bits but two are used. */
  readonly serial: Buffer;
}

/** An authority that signs certificates of workloads, and no other authority's. */
export interface IntermediateDefinition extends AuthorityDefinition {
  /** As in `istiod-shop.istio-shop.svc`. */
  readonly dnsName: string;
  /** Trust domain to which all URIs that it certifies are bound; absent for none. */
  readonly permittedDomain?: string;
}

/** Who signs. */
export interface AuthoritySigner {
  readonly certificate: AuthorityCertificate;
  /** The private key of `certificate`: ECDSA or RSA. */
  readonly key: KeyObject;
}

/**
 * Make the certificate of a root, which it signs itself.
 *
 * @param key - The private key of `publicKey`.
 * @returns PEM
 * @see https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1
 */
export const createRoot = (definition: AuthorityDefinition, key: KeyObject): string =>
  createSigned(definition, nameOf(definition), key, [ANY_AUTHORITY, ...commonExtensions(definition)]);

/**
 * Make the certificate of an authority as istiod takes it. It has no extended key usage: workloads are clients and servers,
 * and a usage that it had would bind them.
 *
 * @returns PEM
 */
export function createIntermediate(definition: IntermediateDefinition, { certificate, key }: AuthoritySigner): string {
  const { dnsName, permittedDomain } = definition;
  const { name: issuer, keyId } = certificate;
  return createSigned(definition, issuer, key, [
    LAST_AUTHORITY,
    ...commonExtensions(definition),
    ...(keyId === undefined ? [] : [extension(OID.authorityKeyId, encodeSequence(encode(KEY_ID, keyId)))]),
    extension(OID.subjectAltName, encodeSequence(encode(DNS_NAME, Buffer.from(dnsName, "latin1")))),
    ...(permittedDomain === undefined ? [] : [permittedUris(permittedDomain)]),
  ]);
}

/** Context-specific tags of the values above: AuthorityKeyIdentifier, GeneralName, TBSCertificate and NameConstraints. */
const [KEY_ID, DNS_NAME, URI_NAME, VERSION, EXTENSIONS, PERMITTED] = [0x80, 0x82, 0x86, 0xa0, 0xa3, 0xa0] as const;

const [ORGANIZATION, UNIT, COMMON_NAME] = ["55040a", "55040b", "550403"] as const;

const TRUE = Buffer.of(0x01, 0x01, 0xff);

const extension = (identifier: string, value: Buffer): Buffer =>
  encodeSequence(encodeIdentifier(identifier), encode(OCTET_STRING, value));

const criticalExtension = (identifier: string, value: Buffer): Buffer =>
  encodeSequence(encodeIdentifier(identifier), TRUE, encode(OCTET_STRING, value));

const OCTET_STRING = 0x04;

const ANY_AUTHORITY = criticalExtension(OID.basicConstraints, encodeSequence(TRUE));
const LAST_AUTHORITY = criticalExtension(OID.basicConstraints, encodeSequence(TRUE, encode(TAG.integer, Buffer.of(0))));

/** Bits 0, 5 and 6, and one that is not used: digitalSignature, keyCertSign and cRLSign. */
const KEY_USAGE = criticalExtension(OID.keyUsage, encode(TAG.bitString, Buffer.of(1, 0b10000110)));

const VERSION_3 = encode(VERSION, encode(TAG.integer, Buffer.of(2)));

const commonExtensions = ({ publicKey }: AuthorityDefinition): readonly Buffer[] => [
  KEY_USAGE,
  extension(OID.subjectKeyId, encode(OCTET_STRING, keyIdOf(publicKey))),
];

/** The leftmost 160 bits of a SHA-256, as RFC 7093 has it; nobody reads more into it than that it differs. */
const keyIdOf = (publicKey: Buffer): Buffer => hash("sha256", publicKey, "buffer").subarray(0, 20);

const permittedUris = (domain: string): Buffer =>
  criticalExtension(
    OID.nameConstraints,
    encodeSequence(encode(PERMITTED, encodeSequence(encode(URI_NAME, Buffer.from(domain, "latin1"))))),
  );

const nameOf = ({ unit, name }: AuthorityDefinition): Buffer =>
  encodeSequence(rdnOf(ORGANIZATION, "logical-clouds"), rdnOf(UNIT, unit), rdnOf(COMMON_NAME, name));

const rdnOf = (identifier: string, text: string): Buffer =>
  encode(TAG.set, encodeSequence(encodeIdentifier(identifier), encode(TAG.utf8String, Buffer.from(text, "utf8"))));

function createSigned(
  definition: AuthorityDefinition,
  issuer: Buffer,
  key: KeyObject,
  extensions: readonly Buffer[],
): string {
  const algorithm = key.asymmetricKeyType === "rsa" ? SHA256_WITH_RSA : ECDSA_WITH_SHA256;
  const content = encodeSequence(
    VERSION_3,
    encode(TAG.integer, serialOf(definition)),
    algorithm,
    issuer,
    encodeSequence(encodeTime(definition.notBefore), encodeTime(definition.notAfter)),
    nameOf(definition),
    definition.publicKey,
    encode(EXTENSIONS, encodeSequence(...extensions)),
  );
  return formatPem("CERTIFICATE", encodeSequence(content, algorithm, encodeBits(sign("sha256", content, key))));
}

const ECDSA_WITH_SHA256 = encodeSequence(encodeIdentifier("2a8648ce3d040302"));
const SHA256_WITH_RSA = encodeSequence(encodeIdentifier("2a864886f70d01010b"), Buffer.of(TAG.null, 0));

/** Whatever was drawn, it is positive and has no leading zeros. */
function serialOf({ serial }: AuthorityDefinition): Buffer {
  const [first] = serial;
  if (first === undefined || serial.length !== 16) throw new RangeError("a serial number has 16 bytes");
  return Buffer.concat([Buffer.of((first & 0x7f) | 0x40), serial.subarray(1)]);
}
