import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { checkCertificate, readCertificate } from "../../src/x509/certificate.ts";
import { bitString, type Der, der, elementsOf, readDer, TAG, writeDer } from "../../src/x509/der.ts";
import { commonNameOf, keyGroup } from "../../src/x509/identity.ts";
import { formatPem } from "../../src/x509/pem.ts";
import { createRequest, parseRequest } from "../../src/x509/request.ts";
import { attribute, fromHex, name, OID, rdn, subject } from "./forged-request.ts";
import { type IssueOptions, issueCertificate } from "./issued-certificate.ts";
import { expectRefusal } from "./refused.ts";

const now = new Date("2030-01-01T00:00:00Z");
const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);
const HOUR = 3600;

function requestOf(user: string) {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return parseRequest(
    createRequest(privateKey, { commonName: commonNameOf("shop", user), organization: keyGroup(privateKey) }),
  );
}

const request = requestOf("ada");
const other = requestOf("ada");
const issue = (options: IssueOptions = {}) =>
  issueCertificate(request, { notBefore: later(-300), notAfter: later(HOUR), ...options });
const [curve] = elementsOf(readDer(request.publicKey), TAG.sequence, 2);
const spkiOf = (algorithm: Der, key: Buffer) => writeDer(der(TAG.sequence, [algorithm, bitString(key)]));
const check = (options: IssueOptions = {}) =>
  checkCertificate(readCertificate(issue(options)), { request, expirationSeconds: HOUR, now });

test("a certificate is read as it was issued", () => {
  const { commonName, organization, publicKey } = request;
  const pem = issue();
  expect(readCertificate(pem)).toEqual({
    commonName,
    organization,
    publicKey,
    notBefore: later(-300),
    notAfter: later(HOUR),
    pem,
  });
});

test("a chain is kept, and its first certificate is the one that counts", () => {
  const chain = issue() + issueCertificate(other);
  const read = readCertificate(`subject=lc:shop:ada\n${chain.replaceAll("\n", "\r\n")}`);
  expect(read).toMatchObject({ publicKey: request.publicKey, pem: chain });
});

describe("no certificate is read from", () => {
  const commonName = rdn(attribute(OID.commonName, request.commonName));
  const organization = rdn(attribute(OID.organization, request.organization));
  test.each(
    Object.entries({
      nothing: "",
      "a request": request.pem,
      "a chain with a request in it": issue() + request.pem,
      "a chain with a private key": issue() + formatPem("PRIVATE KEY", Buffer.alloc(8)),
      "a chain that breaks off": issue() + issue().slice(0, -20),
      "other bytes": formatPem("CERTIFICATE", Buffer.from("certificate")),
      "a chain of other bytes": issue() + formatPem("CERTIFICATE", Buffer.from("certificate")),
      "a key of a kind that nobody knows": issue({ publicKey: spkiOf(fromHex("300406022a03"), Buffer.alloc(65, 4)) }),
      "a key that is no point of its curve": issue({ publicKey: spkiOf(curve, Buffer.alloc(65, 4)) }),
      "an empty subject": issue({ subject: name() }),
      "two common names": issue({ subject: name(organization, commonName, commonName) }),
      "two organizations": issue({
        subject: name(organization, rdn(attribute(OID.organization, "lc:k:0")), commonName),
      }),
      "two organizations in one RDN": issue({
        subject: name(rdn(attribute(OID.organization, "a"), attribute(OID.organization, "b")), commonName),
      }),
      "an organization that reads like two lines": issue({ subject: subject(request.commonName, "a\nO=b") }),
      "another attribute": issue({ subject: name(organization, commonName, rdn(attribute(OID.country, "CH"))) }),
      "a group of Kubernetes": issue({ subject: subject(request.commonName, "system:masters") }),
    }),
  )("%s", (_, pem) => {
    expectRefusal("CERTIFICATE_WRONG", () => readCertificate(pem));
  });
});

describe("a certificate is right", () => {
  test.each<[string, IssueOptions]>([
    ["that lasts as long as was asked for", {}],
    ["that the signer cut short", { notAfter: later(600) }],
    ["that lasts a little longer, by a clock that is ahead", { notAfter: later(HOUR + 60) }],
    [
      "whose subject has the other order",
      {
        subject: name(
          rdn(attribute(OID.commonName, request.commonName)),
          rdn(attribute(OID.organization, request.organization)),
        ),
      },
    ],
  ])("%s", (_, options) => {
    expect(check(options)).toEqual([]);
  });
});

describe("a certificate has one fault", () => {
  test.each<[string, IssueOptions]>([
    ["for another key", { publicKey: other.publicKey }],
    ["for another user", { subject: subject("lc:shop:eve", request.organization) }],
    ["for another group", { subject: subject(request.commonName, other.organization) }],
    ["for a group that begins alike", { subject: subject(request.commonName, `${request.organization}0`) }],
    ["that is not yet valid", { notBefore: later(1) }],
    ["that ends in five minutes", { notAfter: later(300) }],
    ["that has ended", { notAfter: later(-1) }],
    ["that lasts longer than was asked for", { notAfter: later(HOUR + 301) }],
  ])("%s", (_, options) => {
    expect(check(options)).toHaveLength(1);
  });
});

test("all faults of a certificate are told", () => {
  const wrong = { publicKey: other.publicKey, subject: subject("a", "b"), notBefore: later(1), notAfter: later(2) };
  expect(check(wrong)).toHaveLength(5);
});

test("a kept certificate is wrong once its lifetime was shortened", () => {
  const certificate = readCertificate(issue({ notAfter: later(24 * HOUR) }));
  expect(checkCertificate(certificate, { request, expirationSeconds: 24 * HOUR, now })).toEqual([]);
  expect(checkCertificate(certificate, { request, expirationSeconds: HOUR, now })).toHaveLength(1);
});
