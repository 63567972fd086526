import { execFileSync } from "node:child_process";
import { createHash, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkCertificate, readCertificate } from "../../src/x509/certificate.ts";
import { keyGroup } from "../../src/x509/identity.ts";
import { checkRequest, createRequest, parseRequest } from "../../src/x509/request.ts";
import { expectRefusal } from "./refused.ts";

describe.skipIf(!hasOpenssl())("between openssl and us (skipped where there is no openssl)", () => {
  let folder = "";
  const file = (name: string) => join(folder, name);
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "lcloud-openssl-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** What a user with openssl brings along. */
  function requestByOpenssl(args: readonly string[], subject = "/O=lc:k:0/CN=lc:shop:ada"): string {
    run(["req", "-new", "-noenc", "-keyout", file("key.pem"), "-out", file("request.pem"), "-subj", subject, ...args]);
    return readFileSync(file("request.pem"), "utf8");
  }

  const curve = (name: string) => ["-newkey", "ec", "-pkeyopt", `ec_paramgen_curve:${name}`];

  test.each([
    ["ECDSA", generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey],
    ["RSA", generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey],
    ["Ed25519", generateKeyPairSync("ed25519").privateKey],
  ])("openssl reads our request and verifies its %s signature", (_, key) => {
    const pem = createRequest(key, { commonName: "lc:shop:ada", organization: keyGroup(key) });
    const text = run(["req", "-verify", "-noout", "-text", "-nameopt", "RFC2253"], pem);
    expect(text).toContain(`Subject: CN=lc:shop:ada,O=${keyGroup(key)}\n`);
    expect(text).toMatch(/Attributes:\s+\(none\)|Attributes:\s+a0:00/);
    expect(run(["req"], pem)).toBe(pem);
  });

  test.each([
    ["ECDSA P-256", curve("P-256")],
    ["ECDSA P-384", curve("P-384")],
    ["ECDSA P-521", [...curve("P-521"), "-sha512"]],
    ["RSA 2048", ["-newkey", "rsa:2048", "-sha384"]],
    ["Ed25519", ["-newkey", "ed25519"]],
  ])("we read a request of openssl for a key %s", (keyType, args) => {
    const request = parseRequest(requestByOpenssl([...args, "-text"]));
    expect(request).toMatchObject({ commonName: "lc:shop:ada", organization: "lc:k:0", keyType });
    const spki = execFileSync("openssl", ["pkey", "-in", file("key.pem"), "-pubout", "-outform", "DER"]);
    expect(request.publicKey).toEqual(spki);
    expect(request.group).toBe(`lc:k:${createHash("sha256").update(spki).digest("hex").slice(0, 32)}`);
  });

  test("what a refusal tells to type leads to a request that is right", () => {
    const request = parseRequest(requestByOpenssl(curve("P-256")));
    const { message } = expectRefusal("REQUEST_INVALID", () => checkRequest(request, "shop", "ada"));
    const [, subject = ""] = message.match(/-subj "([^"]+)"/) ?? [];
    run(["req", "-new", "-key", file("key.pem"), "-out", file("again.pem"), "-subj", subject]);
    checkRequest(parseRequest(readFileSync(file("again.pem"), "utf8")), "shop", "ada");
  });

  test.each<[string, string[], string?]>([
    ["with RSA of 1024 bits", ["-newkey", "rsa:1024"]],
    ["with RSA-PSS", ["-newkey", "rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048"]],
    ["with an RSA-PSS signature", ["-newkey", "rsa:2048", "-sigopt", "rsa_padding_mode:pss"]],
    ["with SHA-1", [...curve("P-256"), "-sha1"]],
    ["on secp256k1", curve("secp256k1")],
    ["on a curve that it describes itself", [...curve("P-256"), "-pkeyopt", "ec_param_enc:explicit"]],
    ["with Ed448", ["-newkey", "ed448"]],
    ["with an extension", [...curve("P-256"), "-addext", "subjectAltName=DNS:shop"]],
    ["with an RDN of two values", [...curve("P-256"), "-multivalue-rdn"], "/O=lc:k:0+CN=lc:shop:ada"],
    ["with a second organization", curve("P-256"), "/O=lc:k:0/O=lc:k:1/CN=lc:shop:ada"],
    ["with an address", curve("P-256"), "/O=lc:k:0/CN=lc:shop:ada/emailAddress=ada@example.org"],
  ])("a request of openssl %s is refused", (_, args, subject) => {
    const pem = requestByOpenssl(args, subject);
    expectRefusal("REQUEST_INVALID", () => parseRequest(pem));
  });

  test("a certificate of openssl for our request is right", () => {
    run([
      "req",
      "-x509",
      "-noenc",
      ...curve("P-256"),
      "-keyout",
      file("ca.key"),
      "-out",
      file("ca.pem"),
      "-subj",
      "/CN=ca",
    ]);
    writeFileSync(file("extensions"), "extendedKeyUsage = clientAuth\n");
    const { privateKey: key } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const request = parseRequest(createRequest(key, { commonName: "lc:shop:ada", organization: keyGroup(key) }));
    const pem = run(
      ["x509", "-req", "-CA", file("ca.pem"), "-CAkey", file("ca.key"), "-days", "1", "-extfile", file("extensions")],
      request.pem,
    );
    const certificate = readCertificate(pem + readFileSync(file("ca.pem"), "utf8"));
    const now = new Date(certificate.notAfter.getTime() - 3600_000);
    expect(checkCertificate(certificate, { request, expirationSeconds: 3600, now })).toEqual([]);
  });
});

function run(args: readonly string[], input = ""): string {
  return execFileSync("openssl", args, { input, encoding: "utf8", stdio: "pipe" });
}

function hasOpenssl(): boolean {
  try {
    return run(["version"]) !== "";
  } catch {
    return false;
  }
}
