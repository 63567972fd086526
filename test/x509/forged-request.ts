import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { bitString, type Der, der, readDer, TAG, writeDer } from "../../src/x509/der.ts";
import { publicKeyOf } from "../../src/x509/identity.ts";
import { formatPem } from "../../src/x509/pem.ts";

/** Content octets of object identifiers. */
export const OID = {
  commonName: "\x55\x04\x03",
  organization: "\x55\x04\x0a",
  country: "\x55\x04\x06",
  challengePassword: "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x07",
  extensionRequest: "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0e",
};

/** AlgorithmIdentifiers. */
export const ALGORITHM = {
  ecdsaWithSha1: "300906072a8648ce3d0401",
  ecdsaWithSha256: "300a06082a8648ce3d040302",
  rsaWithSha256: "300d06092a864886f70d01010b0500",
  rsaKey: "300d06092a864886f70d0101010500",
  rsaKeyWithoutParameters: "300b06092a864886f70d010101",
};

/** Parts of a request that can be made wrong. All the rest is right, and the signature is made over what comes out. */
export interface RequestParts {
  readonly key?: KeyObject;
  readonly name?: Der;
  readonly publicKey?: Der;
  /** version, name, public key, attributes → what is signed instead. */
  readonly content?: (elements: readonly Der[]) => readonly Der[];
  /** AlgorithmIdentifier in hexadecimal digits. */
  readonly algorithm?: string;
  readonly sign?: (content: Buffer) => Buffer;
  readonly signature?: Der;
}

const defaultKey = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;

export const fromHex = (digits: string): Der => readDer(Buffer.from(digits, "hex"));

export const attribute = (oid: string, text: string, tag: number = TAG.utf8String): Der =>
  der(TAG.sequence, [der(TAG.objectIdentifier, oid), der(tag, text)]);

export const rdn = (...attributes: readonly Der[]): Der => der(TAG.set, attributes);

export const name = (...rdns: readonly Der[]): Der => der(TAG.sequence, rdns);

/** A Name of one common name and one organization. */
export const subject = (commonName: string, organization = "lc:k:0", tag: number = TAG.utf8String): Der =>
  name(rdn(attribute(OID.organization, organization, tag)), rdn(attribute(OID.commonName, commonName, tag)));

/** A PKCS#10 request with those parts, in DER. */
export function forgeDer(parts: RequestParts = {}): Buffer {
  const { key = defaultKey, algorithm = ALGORITHM.ecdsaWithSha256 } = parts;
  const signed = parts.sign ?? ((content) => sign("sha256", content, key));
  const elements = [
    der(TAG.integer, "\0"),
    parts.name ?? subject("lc:shop:ada"),
    parts.publicKey ?? readDer(publicKeyOf(key)),
    der(TAG.context0, []),
  ];
  const content = der(TAG.sequence, parts.content?.(elements) ?? elements);
  const signature = parts.signature ?? bitString(signed(writeDer(content)));
  return writeDer(der(TAG.sequence, [content, fromHex(algorithm), signature]));
}

/** {@link forgeDer} as PEM. */
export const forgeRequest = (parts: RequestParts = {}): string => asRequest(forgeDer(parts));

export const asRequest = (bytes: Buffer): string => formatPem("CERTIFICATE REQUEST", bytes);
