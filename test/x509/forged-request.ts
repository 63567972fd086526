import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { bitString, type Der, der, readDer, TAG, writeDer } from "../../src/x509/der.ts";
import { publicKeyOf } from "../../src/x509/identity.ts";
import { formatPem } from "../../src/x509/pem.ts";
import type { KeyFamily } from "../../src/x509/public-key.ts";
import { signDer } from "../../src/x509/signature.ts";

export const OID = { commonName: "\x55\x04\x03", organization: "\x55\x04\x0a", country: "\x55\x04\x06" };

/** The parts of a request, each of which can be made wrong; all the rest is right, the signature included. */
export interface RequestParts {
  readonly key?: KeyObject;
  readonly family?: KeyFamily;
  readonly version?: Der;
  readonly name?: Der;
  readonly publicKey?: Der;
  readonly attributes?: Der;
  /** Beyond the four elements that the signed part has. */
  readonly more?: readonly Der[];
  readonly algorithm?: Der;
  readonly signature?: Der;
}

const defaultKey = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;

export const attribute = (oid: string, text: string, tag: number = TAG.utf8String): Der =>
  der(TAG.sequence, [der(TAG.objectIdentifier, oid), der(tag, text)]);

export const rdn = (...attributes: readonly Der[]): Der => der(TAG.set, attributes);

export const name = (...rdns: readonly Der[]): Der => der(TAG.sequence, rdns);

/** A Name of one common name and one organization. */
export const subject = (commonName: string, organization = "lc:k:0", tag: number = TAG.utf8String): Der =>
  name(rdn(attribute(OID.organization, organization, tag)), rdn(attribute(OID.commonName, commonName, tag)));

/** A PKCS#10 request with the given parts, in DER, signed by its key whatever they are. */
export function forgeDer(parts: RequestParts = {}): Buffer {
  const { key = defaultKey, family = "ecdsa" } = parts;
  const content = der(TAG.sequence, [
    parts.version ?? der(TAG.integer, "\0"),
    parts.name ?? subject("lc:shop:ada"),
    parts.publicKey ?? readDer(publicKeyOf(key)),
    parts.attributes ?? der(TAG.context0, []),
    ...(parts.more ?? []),
  ]);
  const { algorithm, signature } = signDer(content, key, family);
  return writeDer(der(TAG.sequence, [content, parts.algorithm ?? algorithm, parts.signature ?? bitString(signature)]));
}

/** {@link forgeDer} as PEM. */
export const forgeRequest = (parts: RequestParts = {}): string => formatPem("CERTIFICATE REQUEST", forgeDer(parts));
