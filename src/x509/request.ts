import type { KeyObject } from "node:crypto";
import { CloudError } from "../model/error.ts";
import { bitString, bytesOf, contentsOf, type Der, der, elementsOf, Malformed, readDer, TAG, writeDer } from "./der.ts";
import { commonNameOf, keyGroup, publicKeyOf } from "./identity.ts";
import { formatPem, holdsPrivateKey, readPem } from "./pem.ts";
import { readPublicKey } from "./public-key.ts";
import { signDer, verifyDer } from "./signature.ts";
import { checkSubject, formatSubject, readSubject, type Subject } from "./subject.ts";

/** What a valid PKCS#10 request says; public. */
export interface CertificateRequest extends Subject {
  /** SubjectPublicKeyInfo in DER. */
  readonly publicKey: Buffer;
  /** The group of {@link publicKey}; {@link checkRequest} tells whether `organization` is it. */
  readonly group: string;
  /** For people, as in `ECDSA P-256` or `RSA 3072`. */
  readonly keyType: string;
  /** One block, LF, lines of 64 characters: the same for every text of the same request. */
  readonly pem: string;
}

const LABEL = "CERTIFICATE REQUEST";

/**
 * Make a PKCS#10 request (RFC 2986) for one common name and one organization, without extensions, signed with SHA-256.
 *
 * @param privateKey - ECDSA on P-256, P-384 or P-521, RSA of at least 2048 bits, or Ed25519.
 * @returns PEM
 * @throws {@link CloudError} `REQUEST_INVALID` for another key, and for a subject that {@link parseRequest} refuses.
 */
export function createRequest(privateKey: KeyObject, subject: Subject): string {
  return refusing(() => {
    checkSubject(subject);
    const { spki, family } = readPublicKey(readDer(publicKeyOf(privateKey)));
    const version = der(TAG.integer, "\0");
    const attributes = der(TAG.context0, []);
    const content = der(TAG.sequence, [version, formatSubject(subject), readDer(spki), attributes]);
    const { algorithm, signature } = signDer(content, privateKey, family);
    return formatPem(LABEL, writeDer(der(TAG.sequence, [content, algorithm, bitString(signature)])));
  }, "use another key or shorter, plain names");
}

/**
 * Read a PKCS#10 request and check all that can be checked without knowing whose it is, its signature included.
 *
 * @param pem - May have text around its one block, and CRLF.
 * @throws {@link CloudError} `REQUEST_INVALID`; the message has no place to stand at, so put the file's name before it.
 */
export function parseRequest(pem: string): CertificateRequest {
  if (holdsPrivateKey(pem)) {
    const remedy = "take it out of the file and out of git, treat it as leaked, and make a new key and request";
    throw new CloudError("REQUEST_INVALID", `it holds a private key; ${remedy}`);
  }
  return refusing(() => readRequest(onlyBlock(pem)), "make the request again with lcloud enroll or openssl req -new");
}

/**
 * Check that a request is that user's, and for its own key.
 *
 * @throws {@link CloudError} `REQUEST_INVALID` with the command that makes a right one of the same key; as with
 * {@link parseRequest}, put the file's name before it.
 */
export function checkRequest(
  { commonName, organization, group }: CertificateRequest,
  cloud: string,
  user: string,
): void {
  const wanted = commonNameOf(cloud, user);
  const wrong: string[] = [];
  if (commonName !== wanted) wrong.push(`its common name is "${commonName}", not "${wanted}"`);
  if (organization !== group) wrong.push(`its organization is "${organization}", not its key's group "${group}"`);
  if (wrong.length === 0) return;
  const remedy = `make it again with openssl req -new -key KEY -subj "/O=${group}/CN=${wanted}"`;
  throw new CloudError("REQUEST_INVALID", `${wrong.join(", ")}; ${remedy}`);
}

function onlyBlock(pem: string): Buffer {
  const [block, ...others] = readPem(pem);
  if (block === undefined) throw new Malformed("it is not PEM");
  if (others.length > 0) throw new Malformed("it has several PEM blocks, not one");
  if (block.label !== LABEL) throw new Malformed(`it is a ${block.label}, not a ${LABEL}`);
  return block.der;
}

function readRequest(bytes: Buffer): CertificateRequest {
  const [content, algorithm, signature] = elementsOf(readDer(bytes), TAG.sequence, 3);
  const [version, name, publicKeyInfo, attributes] = elementsOf(content, TAG.sequence, 4);
  if (contentsOf(version, TAG.integer) !== "\0") throw new Malformed("it is not version 1 of PKCS#10");
  const subject = readSubject(name);
  refuseAttributes(attributes);
  const publicKey = readPublicKey(publicKeyInfo);
  verifyDer(content, publicKey, algorithm, bytesOf(signature));
  const { spki, description } = publicKey;
  return { ...subject, publicKey: spki, group: keyGroup(spki), keyType: description, pem: formatPem(LABEL, bytes) };
}

/** Kubernetes ignores nearly all of what they ask for; whoever reviews a request should not have to know which. */
function refuseAttributes(attributes: Der): void {
  if (elementsOf(attributes, TAG.context0).length > 0)
    throw new Malformed("it asks for extensions or other attributes");
}

function refusing<T>(read: () => T, remedy: string): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof Malformed)) throw cause;
    throw new CloudError("REQUEST_INVALID", `${cause.message}; ${remedy}`, { cause });
  }
}
