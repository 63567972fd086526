import { hash, type KeyObject, sign } from "node:crypto";
import { type AuthorityCertificate, OID } from "./authority.ts";
import { TAG } from "./der.ts";
import {
  bytesOfCharacters,
  charactersOf,
  encode,
  encodeBits,
  encodeIdentifier,
  encodeSequence,
  encodeText,
  encodeTime,
} from "./encode-der.ts";
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
  return createSigned(definition, charactersOf(issuer), key, [
    LAST_AUTHORITY,
    ...commonExtensions(definition),
    ...(keyId === undefined ? [] : [extension(AUTHORITY_KEY_ID, encodeSequence(encode(KEY_ID, charactersOf(keyId))))]),
    extension(ALT_NAME, encodeSequence(encode(DNS_NAME, dnsName))),
    ...(permittedDomain === undefined ? [] : [permittedUris(permittedDomain)]),
  ]);
}

/** Context-specific tags of the values above: AuthorityKeyIdentifier, GeneralName, TBSCertificate and NameConstraints. */
const [KEY_ID, DNS_NAME, URI_NAME, VERSION, EXTENSIONS, PERMITTED] = [0x80, 0x82, 0x86, 0xa0, 0xa3, 0xa0] as const;

const [UNIT, COMMON_NAME] = [encodeIdentifier("55040b"), encodeIdentifier("550403")] as const;
const [SUBJECT_KEY_ID, AUTHORITY_KEY_ID] = [encodeIdentifier(OID.subjectKeyId), encodeIdentifier(OID.authorityKeyId)];
const [ALT_NAME, NAME_CONSTRAINTS] = [encodeIdentifier(OID.subjectAltName), encodeIdentifier(OID.nameConstraints)];

const TRUE = "\x01\x01\xff";

const extension = (identifier: string, value: string): string =>
  encodeSequence(identifier, encode(OCTET_STRING, value));

const criticalExtension = (identifier: string, value: string): string =>
  encodeSequence(identifier, TRUE, encode(OCTET_STRING, value));

const OCTET_STRING = 0x04;

const ANY_AUTHORITY = criticalExtension(encodeIdentifier(OID.basicConstraints), encodeSequence(TRUE));
const LAST_AUTHORITY = criticalExtension(
  encodeIdentifier(OID.basicConstraints),
  encodeSequence(TRUE, encode(TAG.integer, "\0")),
);

/** Bits 0, 5 and 6, and one that is not used: digitalSignature, keyCertSign and cRLSign. */
const KEY_USAGE = criticalExtension(encodeIdentifier(OID.keyUsage), encode(TAG.bitString, "\x01\x86"));

const VERSION_3 = encode(VERSION, encode(TAG.integer, "\x02"));

const commonExtensions = ({ publicKey }: AuthorityDefinition): readonly string[] => [
  KEY_USAGE,
  extension(SUBJECT_KEY_ID, encode(OCTET_STRING, charactersOf(keyIdOf(publicKey)))),
];

/** The leftmost 160 bits of a SHA-256, as RFC 7093 has it; nobody reads more into it than that it differs. */
const keyIdOf = (publicKey: Buffer): Buffer => hash("sha256", publicKey, "buffer").subarray(0, 20);

const permittedUris = (domain: string): string =>
  criticalExtension(NAME_CONSTRAINTS, encodeSequence(encode(PERMITTED, encodeSequence(encode(URI_NAME, domain)))));

const nameOf = ({ unit, name }: AuthorityDefinition): string =>
  encodeSequence(OUR_ORGANIZATION, rdnOf(UNIT, unit), rdnOf(COMMON_NAME, name));

const rdnOf = (identifier: string, text: string): string =>
  encode(TAG.set, encodeSequence(identifier, encodeText(text)));

const OUR_ORGANIZATION = rdnOf(encodeIdentifier("55040a"), "logical-clouds");

function createSigned(
  definition: AuthorityDefinition,
  issuer: string,
  key: KeyObject,
  extensions: readonly string[],
): string {
  const algorithm = key.asymmetricKeyType === "rsa" ? SHA256_WITH_RSA : ECDSA_WITH_SHA256;
  const content = encodeSequence(
    VERSION_3,
    encode(TAG.integer, serialOf(definition)),
    algorithm,
    issuer,
    encodeSequence(encodeTime(definition.notBefore), encodeTime(definition.notAfter)),
    nameOf(definition),
    charactersOf(definition.publicKey),
    encode(EXTENSIONS, encodeSequence(...extensions)),
  );
  const signature = encodeBits(sign("sha256", bytesOfCharacters(content), key));
  return formatPem("CERTIFICATE", bytesOfCharacters(encodeSequence(content, algorithm, signature)));
}

const ECDSA_WITH_SHA256 = encodeSequence(encodeIdentifier("2a8648ce3d040302"));
const SHA256_WITH_RSA = encodeSequence(encodeIdentifier("2a864886f70d01010b"), encode(TAG.null));

/** Whatever was drawn, it is positive and has no leading zeros. */
function serialOf({ serial }: AuthorityDefinition): string {
  const [first] = serial;
  if (first === undefined || serial.length !== 16) throw new RangeError("a serial number has 16 bytes");
  return String.fromCharCode((first & 0x7f) | 0x40) + charactersOf(serial.subarray(1));
}
