import { createHash, ECDH, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { bitString, bytesOf, type Der, der, elementsOf, readDer, TAG, writeDer } from "../../src/x509/der.ts";
import { publicKeyOf } from "../../src/x509/identity.ts";
import { createRequest, parseRequest } from "../../src/x509/request.ts";
import { ALGORITHM, forgeRequest, fromHex, type RequestParts } from "./forged-request.ts";
import { expectRefusal } from "./refused.ts";

const ecKey = (namedCurve: string) => generateKeyPairSync("ec", { namedCurve }).privateKey;
const rsaKey = (modulusLength: number) => generateKeyPairSync("rsa", { modulusLength }).privateKey;
const rsaRequest = (parts: RequestParts) => forgeRequest({ algorithm: ALGORITHM.rsaWithSha256, ...parts });

const curveKey = ecKey("P-256");
const goodRsaKey = rsaKey(2048);

describe("a key is refused", () => {
  test("what is spoilt below is a good request", () => {
    expect(parseRequest(rsaRequest({ key: goodRsaKey }))).toMatchObject({ keyType: "RSA 2048" });
    expect(parseRequest(forgeRequest({ key: curveKey }))).toMatchObject({ keyType: "ECDSA P-256" });
  });

  test.each(
    Object.entries({
      "of RSA with 1024 bits": rsaRequest({ key: rsaKey(1024) }),
      "of RSA with 2040 bits": rsaRequest({ key: rsaKey(2040) }),
      "of RSA with exponent 1, for which anybody can sign": rsaRequest(exponentOne()),
      "of RSA in a second encoding": rsaRequest({ key: goodRsaKey, publicKey: withoutParameters(goodRsaKey) }),
      "of RSA-PSS": rsaRequest({ key: generateKeyPairSync("rsa-pss", { modulusLength: 2048 }).privateKey }),
      "on P-224": forgeRequest({ key: ecKey("P-224") }),
      "on secp256k1": forgeRequest({ key: ecKey("secp256k1") }),
      "whose point is in hybrid form": forgeRequest({ key: curveKey, publicKey: inForm(curveKey, "hybrid") }),
      "whose point is compressed": forgeRequest({ key: curveKey, publicKey: inForm(curveKey, "compressed") }),
      "whose point is not on its curve": forgeRequest({ key: curveKey, publicKey: offCurve(curveKey) }),
      "of a curve, but called RSA": rsaRequest({ key: curveKey, publicKey: calledRsa(curveKey) }),
    }),
  )("%s", (_, pem) => {
    expectRefusal("REQUEST_INVALID", () => parseRequest(pem));
  });

  test("before a request is made with it", () => {
    const wanted = { commonName: "lc:shop:ada", organization: "lc:k:0" };
    for (const key of [rsaKey(1024), ecKey("secp256k1"), generateKeyPairSync("ed448").privateKey]) {
      expectRefusal("REQUEST_INVALID", () => createRequest(key, wanted));
    }
  });
});

function publicKeyParts(key: KeyObject): readonly [algorithm: Der, value: Buffer] {
  const [algorithm, value] = elementsOf(readDer(publicKeyOf(key)), TAG.sequence, 2);
  return [algorithm, bytesOf(value)];
}

function inForm(key: KeyObject, form: "compressed" | "hybrid"): Der {
  const [algorithm, point] = publicKeyParts(key);
  const converted = ECDH.convertKey(point, "prime256v1", undefined, undefined, form);
  return der(TAG.sequence, [algorithm, bitString(Buffer.from(converted))]);
}

function offCurve(key: KeyObject): Der {
  const [algorithm, point] = publicKeyParts(key);
  return der(TAG.sequence, [
    algorithm,
    bitString(Buffer.concat([point.subarray(0, -1), Buffer.from([(point.at(-1) ?? 0) ^ 1])])),
  ]);
}

function calledRsa(key: KeyObject): Der {
  return der(TAG.sequence, [fromHex(ALGORITHM.rsaKey), bitString(publicKeyParts(key)[1])]);
}

function withoutParameters(key: KeyObject): Der {
  return der(TAG.sequence, [fromHex(ALGORITHM.rsaKeyWithoutParameters), bitString(publicKeyParts(key)[1])]);
}

/** With m^1 the signature is the padded digest itself (PKCS #1 v1.5), and needs no private key. */
function exponentOne(): RequestParts {
  const modulus = `\0\xff${randomBytes(254).toString("latin1")}\x01`;
  const numbers = der(TAG.sequence, [der(TAG.integer, modulus), der(TAG.integer, "\x01")]);
  const publicKey = der(TAG.sequence, [fromHex(ALGORITHM.rsaKey), bitString(writeDer(numbers))]);
  const sign = (content: Buffer) => {
    const digest = Buffer.concat([
      Buffer.from("3031300d060960864801650304020105000420", "hex"),
      createHash("sha256").update(content).digest(),
    ]);
    return Buffer.concat([Buffer.from([0, 1]), Buffer.alloc(256 - 3 - digest.length, 0xff), Buffer.from([0]), digest]);
  };
  return { publicKey, sign };
}
