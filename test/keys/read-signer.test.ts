import { execFileSync } from "node:child_process";
import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { certifiedNames } from "../../src/keys/certified-names.ts";
import { openSigner } from "../../src/keys/make-authority.ts";
import { readSigner } from "../../src/keys/read-signer.ts";
import { makeIntermediate, makeRoot } from "../x509/authorities.ts";

const NAMES = certifiedNames("shop", ["shop.mesh"]);

describe.skipIf(!hasOpenssl())("a root that somebody brings (skipped where there is no openssl)", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "lcloud-signer-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const openssl = (...args: readonly string[]): void => {
    execFileSync("openssl", args, { cwd: folder, stdio: "ignore" });
  };
  const text = (name: string): string => readFileSync(join(folder, name), "utf8");
  const now = () => new Date(Date.now() + 60_000);
  const read = (certificates: string, key: string, at = now()) =>
    readSigner({ path: "root.pem", text: certificates }, { path: "root.key", text: key }, NAMES, at);
  const expectFault = (path: string, message: RegExp, reading: () => unknown): void =>
    expect(reading).toThrow(
      expect.objectContaining({
        code: "INVALID",
        faults: expect.arrayContaining([{ path, message: expect.stringMatching(message) }]),
      }),
    );

  const CURVE = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
  const CA = ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign"];

  /** A certificate as openssl makes it: self-signed, or by the one of that name. */
  function make(name: string, args: readonly string[], extensions: readonly string[] = CA, signer?: string): void {
    const by = signer === undefined ? [] : ["-CA", `${signer}.pem`, "-CAkey", `${signer}.key`];
    const config = "[req]\ndistinguished_name=dn\n[dn]\n";
    writeFileSync(join(folder, "openssl.cnf"), config);
    const out = ["-keyout", `${name}.key`, "-out", `${name}.pem`, "-subj", `/CN=${name}`];
    openssl("req", "-x509", "-noenc", "-days", "30", "-config", "openssl.cnf", ...args, ...extensions, ...by, ...out);
  }

  test.each([
    ["ECDSA P-256", CURVE],
    ["ECDSA P-384", ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"]],
    ["RSA 2048", ["-newkey", "rsa:2048"]],
  ])("is taken where it is of %s, and signs", (_, args) => {
    make("root", args);
    const signer = read(text("root.pem"), text("root.key"));
    expect(signer).toMatchObject({ root: text("root.pem"), chain: "" });
    const { pem, key } = { pem: signer.root, key: openSigner(signer).key };
    const below = new X509Certificate(makeIntermediate({ pem, key }).pem);
    expect(below.checkIssued(new X509Certificate(pem)) && below.verify(new X509Certificate(pem).publicKey)).toBe(true);
  });

  test("may be an authority below a root, with its chain in order", () => {
    make("root", CURVE);
    make("ca", CURVE, CA, "root");
    const signer = read(text("ca.pem") + text("root.pem"), text("ca.key"));
    expect(signer).toMatchObject({ root: text("root.pem"), chain: text("ca.pem") });
    expectFault("root.pem", /put the signer first/, () => read(text("root.pem") + text("ca.pem"), text("root.key")));
    expectFault("root.pem", /append those above it/, () => read(text("ca.pem"), text("ca.key")));
  });

  const withUsage = (usage: string) => [...CA, "-addext", `extendedKeyUsage=${usage}`];
  test.each<readonly [string, RegExp, readonly string[], readonly string[]]>([
    ["no authority", /is no authority/, CURVE, ["-addext", "basicConstraints=critical,CA:FALSE", ...CA.slice(2)]],
    [
      "without keyCertSign",
      /may not sign certificates/,
      CURVE,
      [...CA.slice(0, 2), "-addext", "keyUsage=critical,cRLSign"],
    ],
    [
      "of pathlen 0",
      /allows 0 authorities below it/,
      CURVE,
      ["-addext", "basicConstraints=critical,CA:TRUE,pathlen:0", ...CA.slice(2)],
    ],
    ["for clients alone", /extended key usage/, CURVE, withUsage("clientAuth")],
    ["for servers alone", /extended key usage/, CURVE, withUsage("serverAuth")],
    ["of RSA 1024", /1024 bits.*RSA of 2048/, ["-newkey", "rsa:1024"], CA],
    ["signed with SHA-1", /sign it anew/, [...CURVE, "-sha1"], CA],
    ["of Ed25519", /use ECDSA P-256/, ["-newkey", "ed25519"], CA],
  ])("is refused where it is %s", (_, message, args, extensions) => {
    make("root", args, extensions);
    expectFault("root.pem", message, () => read(text("root.pem"), text("root.key")));
  });

  const constrained = (constraints: string) => [...CA, "-addext", `nameConstraints=critical,${constraints}`];
  test.each([
    ["the trust domain", "permitted;URI:bank.mesh", /may not certify URI:shop\.mesh/],
    ["the control plane", "permitted;DNS:example.org", /may not certify DNS:istiod-shop\.istio-shop\.svc/],
  ])("is refused where its name constraints, or those above it, exclude %s", (_, constraints, message) => {
    make("root", CURVE, constrained(constraints));
    expectFault("root.pem", message, () => read(text("root.pem"), text("root.key")));
    make("ca", CURVE, CA, "root");
    expectFault("root.pem", message, () => read(text("ca.pem") + text("root.pem"), text("ca.key")));
  });

  test("is taken with name constraints that the mesh is within", () => {
    make("root", CURVE, constrained("permitted;URI:shop.mesh,permitted;DNS:svc,excluded;URI:bank.mesh"));
    expect(read(text("root.pem"), text("root.key")).root).toBe(text("root.pem"));
  });

  test("is taken for clients and servers both", () => {
    make("root", CURVE, withUsage("serverAuth,clientAuth"));
    expect(read(text("root.pem"), text("root.key")).root).toBe(text("root.pem"));
  });

  test("is refused before it begins and from its end on", () => {
    make("root", CURVE);
    const [certificate, key] = [text("root.pem"), text("root.key")];
    expectFault("root.pem", /begins at/, () => read(certificate, key, new Date("2020-01-01")));
    expectFault("root.pem", /ended at/, () => read(certificate, key, new Date("2099-01-01")));
  });

  test("is refused with a key that istiod could not read, or of another", () => {
    make("root", CURVE);
    const certificate = text("root.pem");
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-out", "parameters.key");
    expectFault("root.key", /EC PARAMETERS.*openssl pkey/, () => read(certificate, text("parameters.key")));
    openssl("pkey", "-in", "root.key", "-aes256", "-passout", "pass:secret", "-out", "encrypted.key");
    expectFault("root.key", /is encrypted/, () => read(certificate, text("encrypted.key")));
    expectFault("root.key", /is no private key/, () => read(certificate, certificate));
    const other = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
    const pem = other.export({ type: "pkcs8", format: "pem" }).toString();
    expectFault("root.key", /is not the key of/, () => read(certificate, pem));
  });

  test("is refused where its file has no certificate, or a key in it", () => {
    const { pem, key } = makeRoot();
    const secret = key.export({ type: "pkcs8", format: "pem" }).toString();
    expectFault("root.pem", /is not PEM/, () => read("", secret));
    expectFault("root.pem", /holds a private key/, () => read(pem + secret, secret));
  });
});

function hasOpenssl(): boolean {
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
