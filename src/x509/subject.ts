import { contentsOf, type Der, der, elementsOf, Malformed, TAG, tagOf } from "./der.ts";
import { MAX_COMMON_NAME } from "./identity.ts";

/** Who a certificate is for, to Kubernetes: its user name and its one group. */
export interface Subject {
  readonly commonName: string;
  readonly organization: string;
}

/** Content octets of `id-at-commonName` (2.5.4.3) and `id-at-organizationName` (2.5.4.10). */
const COMMON_NAME = "\x55\x04\x03";
const ORGANIZATION = "\x55\x04\x0a";

const TITLES: ReadonlyMap<string, string> = new Map([
  [COMMON_NAME, "common name (CN)"],
  [ORGANIZATION, "organization (O)"],
]);

const PRINTABLE_ASCII = /^[\x20-\x7e]+$/;

/** The characters of ASN.1's PrintableString (X.680 §41.4); Go refuses others in one. */
const PRINTABLE_STRING = /^[A-Za-z0-9 '()+,\-./:=?]*$/;

/** An X.501 Name of two RDNs: the organization, then the common name, as Kubernetes' signer writes it. */
export const formatSubject = ({ commonName, organization }: Subject): Der =>
  der(TAG.sequence, [formatRdn(ORGANIZATION, organization), formatRdn(COMMON_NAME, commonName)]);

/**
 * Read an X.501 Name of one common name and one organization, in either order.
 *
 * @throws {@link Malformed} for any other Name, and for values that {@link checkSubject} refuses.
 */
export function readSubject(name: Der): Subject {
  const values = new Map<string, string>();
  for (const set of elementsOf(name, TAG.sequence)) {
    const [identifier, text] = readRdn(set);
    if (values.has(identifier)) throw new Malformed(`its subject has more than one ${TITLES.get(identifier)}`);
    values.set(identifier, text);
  }
  const subject = { commonName: values.get(COMMON_NAME) ?? "", organization: values.get(ORGANIZATION) ?? "" };
  checkSubject(subject);
  return subject;
}

/**
 * Kubernetes takes nearly any text as a name; we take 1 to 64 printable ASCII characters, and no name that Kubernetes
 * keeps for itself.
 *
 * @throws {@link Malformed}
 */
export function checkSubject({ commonName, organization }: Subject): void {
  checkText(TITLES.get(COMMON_NAME), commonName);
  checkText(TITLES.get(ORGANIZATION), organization);
}

function checkText(title: string | undefined, text: string): void {
  if (text === "") throw new Malformed(`its subject has no ${title}`);
  if (!PRINTABLE_ASCII.test(text)) throw new Malformed(`its ${title} is not printable ASCII`);
  if (text.length > MAX_COMMON_NAME) throw new Malformed(`its ${title} is longer than ${MAX_COMMON_NAME} characters`);
  if (text.toLowerCase().startsWith("system:")) throw new Malformed(`its ${title} begins with "system:"`);
}

const formatRdn = (identifier: string, text: string): Der =>
  der(TAG.set, [der(TAG.sequence, [der(TAG.objectIdentifier, identifier), der(TAG.utf8String, text)])]);

function readRdn(set: Der): readonly [identifier: string, text: string] {
  const attributes = elementsOf(set, TAG.set);
  const [attribute] = attributes;
  if (attribute === undefined || attributes.length > 1) throw new Malformed("its subject has an RDN of several values");
  const [type, value] = elementsOf(attribute, TAG.sequence, 2);
  const identifier = contentsOf(type, TAG.objectIdentifier);
  if (!TITLES.has(identifier)) throw new Malformed("its subject has more than a common name and an organization");
  return [identifier, readText(value)];
}

/** UTF-8 is left as bytes: only ASCII passes the check that follows. */
function readText(value: Der): string {
  const tag = tagOf(value);
  if (tag !== TAG.utf8String && tag !== TAG.printableString) {
    throw new Malformed("its subject has a value that is neither UTF8String nor PrintableString");
  }
  const text = contentsOf(value, tag);
  if (tag === TAG.printableString && !PRINTABLE_STRING.test(text)) {
    throw new Malformed("its subject has a PrintableString with other characters");
  }
  return text;
}
