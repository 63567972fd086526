import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { bitString, type Der, der, readDer, TAG, writeDer } from "../../src/x509/der.ts";
import { publicKeyOf } from "../../src/x509/identity.ts";
import { formatPem } from "../../src/x509/pem.ts";
import { ALGORITHM, attribute, fromHex, name, OID, rdn } from "../x509/forged-request.ts";

/** A certificate and its key, both PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** A certificate authority that a lab trusts. */
export interface Authority extends KeyPair {
  /** For clients: the user, and the group it is in. For servers: `dnsNames` and `ipAddresses` (IPv4). */
  issue(commonName: string, options?: IssueOptions): KeyPair;
}

export interface IssueOptions {
  readonly organization?: string;
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
}

interface CertificateParts {
  readonly issuer: Der;
  readonly signer: KeyObject;
  readonly subject: Der;
  readonly key: KeyObject;
  readonly extensions: readonly Der[];
}

const VALIDITY_DAYS = 10;
const DAY_MS = 24 * 3600 * 1000;

/** Extensions of RFC 5280 §4.2.1. */
const EXTENSION = {
  authority: "300f0603551d130101ff040530030101ff", // basicConstraints, critical: CA
  signsCertificates: "300e0603551d0f0101ff040403020106", // keyUsage, critical: keyCertSign, cRLSign
  clientAndServer: "301d0603551d250416301406082b0601050507030106082b06010505070302", // extKeyUsage
  subjectAltName: "\x55\x1d\x11",
};

const OCTET_STRING = 0x04;
const UTC_TIME = 0x17;
const CONTEXT_3 = 0xa3;
const DNS_NAME = 0x82;
const IP_ADDRESS = 0x87;

/** An authority of its own, with a new key (P-256, as all keys here). */
export function createAuthority(commonName: string): Authority {
  const key = newKey();
  const issuer = name(rdn(attribute(OID.commonName, commonName)));
  const extensions = [fromHex(EXTENSION.authority), fromHex(EXTENSION.signsCertificates)];
  return {
    ...pairOf({ issuer, signer: key, subject: issuer, key, extensions }),
    issue: (user, options = {}) => issue({ issuer, signer: key }, user, options),
  };
}

/** PEM, PKCS#8. */
export const privateKeyPem = (key: KeyObject): string => key.export({ type: "pkcs8", format: "pem" }).toString();

export const newKey = (): KeyObject => generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;

function issue(by: Pick<CertificateParts, "issuer" | "signer">, commonName: string, options: IssueOptions): KeyPair {
  const { organization, dnsNames = [], ipAddresses = [] } = options;
  const group = organization === undefined ? [] : [rdn(attribute(OID.organization, organization))];
  const names = [
    ...dnsNames.map((text) => der(DNS_NAME, text)),
    ...ipAddresses.map((text) => der(IP_ADDRESS, String.fromCharCode(...text.split(".").map(Number)))),
  ];
  return pairOf({
    ...by,
    subject: name(...group, rdn(attribute(OID.commonName, commonName))),
    key: newKey(),
    extensions: [fromHex(EXTENSION.clientAndServer), ...(names.length === 0 ? [] : [subjectAltName(names)])],
  });
}

function subjectAltName(names: readonly Der[]): Der {
  const value = writeDer(der(TAG.sequence, names)).toString("latin1");
  return der(TAG.sequence, [der(TAG.objectIdentifier, EXTENSION.subjectAltName), der(OCTET_STRING, value)]);
}

/** RFC 5280 §4.1. */
function pairOf({ issuer, signer, subject, key, extensions }: CertificateParts): KeyPair {
  const content = der(TAG.sequence, [
    der(TAG.context0, [der(TAG.integer, "\x02")]),
    der(TAG.integer, `\x01${randomBytes(15).toString("latin1")}`),
    fromHex(ALGORITHM.ecdsaWithSha256),
    issuer,
    der(TAG.sequence, [utcTime(-DAY_MS), utcTime(VALIDITY_DAYS * DAY_MS)]),
    subject,
    readDer(publicKeyOf(key)),
    der(CONTEXT_3, [der(TAG.sequence, extensions)]),
  ]);
  const signature = bitString(sign("sha256", writeDer(content), signer));
  const certificate = der(TAG.sequence, [content, fromHex(ALGORITHM.ecdsaWithSha256), signature]);
  return { certificate: formatPem("CERTIFICATE", writeDer(certificate)), key: privateKeyPem(key) };
}

/** Two digits of the year. */
const utcTime = (fromNowMs: number): Der =>
  der(
    UTC_TIME,
    new Date(Date.now() + fromNowMs)
      .toISOString()
      .slice(2)
      .replace(/[-:T]|\.\d+/g, ""),
  );
