import { generateKeyPairSync, sign } from "node:crypto";
import { bitString, type Der, der, readDer, TAG, writeDer } from "../../src/x509/der.ts";
import { formatPem } from "../../src/x509/pem.ts";
import type { CertificateRequest } from "../../src/x509/request.ts";
import { ALGORITHM, attribute, fromHex, name, OID, rdn, subject } from "./forged-request.ts";

/** What a signer may do otherwise than Kubernetes' one does. */
export interface IssueOptions {
  readonly subject?: Der;
  readonly publicKey?: Buffer;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

const authorityKey = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const authorityName = name(rdn(attribute(OID.commonName, "kubernetes")));
const GENERALIZED_TIME = 0x18;

/** A client certificate as Kubernetes' signer makes one, without extensions; PEM. */
export function issueCertificate(request: CertificateRequest, options: IssueOptions = {}): string {
  const { commonName, organization, publicKey } = request;
  const content = der(TAG.sequence, [
    der(TAG.context0, [der(TAG.integer, "\x02")]),
    der(TAG.integer, "\x2a"),
    fromHex(ALGORITHM.ecdsaWithSha256),
    authorityName,
    der(TAG.sequence, [time(options.notBefore ?? new Date()), time(options.notAfter ?? new Date())]),
    options.subject ?? subject(commonName, organization, TAG.printableString),
    readDer(options.publicKey ?? publicKey),
  ]);
  const signature = sign("sha256", writeDer(content), authorityKey);
  const certificate = der(TAG.sequence, [content, fromHex(ALGORITHM.ecdsaWithSha256), bitString(signature)]);
  return formatPem("CERTIFICATE", writeDer(certificate));
}

const time = (date: Date): Der => der(GENERALIZED_TIME, date.toISOString().replace(/[-:T]|\.\d+/g, ""));
