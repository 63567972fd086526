import { generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, test } from "vitest";
import { bitString, type Der, der, elementsOf, readDer, TAG, writeDer } from "../../src/x509/der.ts";
import { formatPem } from "../../src/x509/pem.ts";
import { createRequest, parseRequest } from "../../src/x509/request.ts";
import { ALGORITHM, asRequest, attribute, forgeDer, forgeRequest, name, OID, rdn, subject } from "./forged-request.ts";
import { expectRefusal } from "./refused.ts";

const request = forgeRequest();
const bytes = forgeDer();
const curveKey = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const long = "x".repeat(65);

const expectInvalid = (pem: string) => expectRefusal("REQUEST_INVALID", () => parseRequest(pem));

test("what is spoilt below is a good request", () => {
  expect(parseRequest(request)).toMatchObject({ commonName: "lc:shop:ada", organization: "lc:k:0", pem: request });
});

describe("no request is read from", () => {
  test.each(
    Object.entries({
      nothing: "",
      "another text": "lc:shop:ada",
      DER: bytes.toString("latin1"),
      "two requests": request + request,
      "a request and a certificate": request + formatPem("CERTIFICATE", bytes),
      "another label": formatPem("CERTIFICATE", bytes),
      "a block without end": request.replace(/-----END.*\n/, ""),
      "a block that ends as another": request.replace("END CERTIFICATE REQUEST", "END CERTIFICATE"),
      "a block with headers": request.replace("-----\n", "-----\nComment: mine\n\n"),
      "what is no base64": request.replace("\nM", "\n*"),
      "base64 with stray bits": request.replace(/[^=]={0,2}\n-----END/, (end) => end.replace(/./, "B")),
      "an empty block": asRequest(Buffer.alloc(0)),
      "a megabyte": `${"\n".repeat(1 << 20)}${request}`,
    }),
  )("%s", (_, pem) => {
    expectInvalid(pem);
  });
});

test("a private key beside a request is refused and not repeated", () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  for (const type of ["pkcs8", "sec1"] as const) {
    const key = privateKey.export({ type, format: "pem" }).toString();
    for (const pem of [key, key + request, request + key, request + key.split("\n").slice(0, 2).join("\n")]) {
      const error = expectInvalid(pem);
      for (const line of key.split("\n").slice(1, -2)) expect(`${error.stack}${error.cause}`).not.toContain(line);
    }
  }
});

describe("a request is refused whose subject has", () => {
  const commonName = rdn(attribute(OID.commonName, "lc:shop:ada"));
  const organization = rdn(attribute(OID.organization, "lc:k:0"));
  const constructed = der(TAG.sequence, [der(TAG.objectIdentifier, OID.commonName), der(0x2c, [])]);
  test.each(
    Object.entries({
      "nothing in it": name(),
      "no common name": name(organization),
      "no organization": name(commonName),
      "two common names": name(organization, commonName, commonName),
      "two organizations": name(organization, organization, commonName),
      "another attribute": name(organization, commonName, rdn(attribute(OID.country, "CH"))),
      "an RDN of two values": name(
        rdn(attribute(OID.organization, "lc:k:0"), attribute(OID.commonName, "lc:shop:ada")),
      ),
      "an RDN of none": name(organization, commonName, rdn()),
      "an empty common name": subject(""),
      "an empty organization": subject("lc:shop:ada", ""),
      "a common name of 65 characters": subject(long),
      "an organization of 65 characters": subject("lc:shop:ada", long),
      "a NUL": subject("lc:shop:ada\0"),
      "a line feed": subject("lc:shop:ada\nlc:shop:eve"),
      DEL: subject("lc:shop:ada\x7f"),
      "a letter beyond ASCII": subject("lc:shop:ad\xc3\xa0"),
      "broken UTF-8": subject("lc:shop:ad\xc3"),
      "a user name of Kubernetes": subject("system:admin"),
      "a group of Kubernetes": subject("lc:shop:ada", "system:masters"),
      "one in capitals": subject("lc:shop:ada", "SYSTEM:masters"),
      "a PrintableString with other characters": subject("lc_shop", "lc:k:0", TAG.printableString),
      "an IA5String": subject("lc:shop:ada", "lc:k:0", 0x16),
      "a BMPString": subject("l\0c\0", "lc:k:0", 0x1e),
      "a string in pieces": name(organization, rdn(constructed)),
    }),
  )("%s", (_, name) => {
    expectInvalid(forgeRequest({ name }));
  });
});

test("a subject may have its two parts in either order, and be a PrintableString", () => {
  const commonName = rdn(attribute(OID.commonName, "lc:shop:ada"));
  const organization = rdn(attribute(OID.organization, "lc:k:0"));
  const read = [name(organization, commonName), name(commonName, organization)].map((name) => forgeRequest({ name }));
  read.push(forgeRequest({ name: subject("lc:shop:ada", "lc:k:0", TAG.printableString) }));
  for (const pem of read)
    expect(parseRequest(pem)).toMatchObject({ commonName: "lc:shop:ada", organization: "lc:k:0" });
});

describe("a request is refused", () => {
  const [content, algorithm, signature] = elementsOf(readDer(bytes), TAG.sequence, 3);
  const body = Buffer.concat([content, algorithm, signature].map(writeDer));
  const [, , otherSignature] = elementsOf(readDer(forgeDer({ name: subject("lc:shop:eve") })), TAG.sequence, 3);
  const withAttribute = (oid: string, value: Der) => {
    const wanted = der(TAG.sequence, [der(TAG.objectIdentifier, oid), der(TAG.set, [value])]);
    return forgeRequest({ content: (elements) => [...elements.slice(0, 3), der(TAG.context0, [wanted])] });
  };
  const basicConstraints = der(TAG.sequence, [
    der(TAG.objectIdentifier, "\x55\x1d\x13"),
    der(0x04, "\x30\x03\x01\x01\xff"),
  ]);
  test.each(
    Object.entries({
      "of another version": forgeRequest({ content: ([, ...rest]) => [der(TAG.integer, "\x01"), ...rest] }),
      "that asks to be an authority": withAttribute(OID.extensionRequest, der(TAG.sequence, [basicConstraints])),
      "with a challenge password": withAttribute(OID.challengePassword, der(TAG.utf8String, "none")),
      "with no place for attributes": forgeRequest({ content: (elements) => elements.slice(0, 3) }),
      "with an element too many": forgeRequest({ content: (elements) => [...elements, der(TAG.null, "")] }),
      "with the signature of another": forgeRequest({ signature: otherSignature }),
      "with an empty signature": forgeRequest({ signature: bitString(Buffer.alloc(0)) }),
      "with a signature of no bits": forgeRequest({ signature: der(TAG.bitString, "") }),
      "with a signature of broken bytes": forgeRequest({ signature: der(TAG.bitString, "\x01\x02") }),
      "signed with SHA-1": forgeRequest({
        algorithm: ALGORITHM.ecdsaWithSha1,
        sign: (content) => sign("sha1", content, curveKey),
        key: curveKey,
      }),
      "signed by a curve, but called RSA": forgeRequest({ algorithm: ALGORITHM.rsaWithSha256 }),
      "with a byte after it": asRequest(Buffer.concat([bytes, Buffer.alloc(1)])),
      "with another after it": asRequest(Buffer.concat([bytes, bytes])),
      "with a length that is not the shortest": asRequest(
        Buffer.concat([Buffer.from([0x30, 0x82, 0, body.length]), body]),
      ),
      "of indefinite length": asRequest(Buffer.concat([Buffer.from([0x30, 0x80]), body, Buffer.alloc(2)])),
      "without a signature": asRequest(writeDer(der(TAG.sequence, [content, algorithm]))),
      "that is a set": asRequest(writeDer(der(TAG.set, [content, algorithm, signature]))),
      "nested without end": asRequest(Buffer.alloc(40_000, Buffer.from([0x30, 0x80]))),
    }),
  )("%s", (_, pem) => {
    expectInvalid(pem);
  });
});

test("no request is made that would be refused", () => {
  for (const text of ["", long, "a\nb", "system:admin", "à"]) {
    expectRefusal("REQUEST_INVALID", () => createRequest(curveKey, { commonName: text, organization: "lc:k:0" }));
    expectRefusal("REQUEST_INVALID", () => createRequest(curveKey, { commonName: "lc:shop:ada", organization: text }));
  }
});
