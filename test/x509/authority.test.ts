import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readAuthorities, readAuthority } from "../../src/x509/authority.ts";
import { checkAuthority } from "../../src/x509/check-authority.ts";
import { readDer } from "../../src/x509/der.ts";
import { makeIntermediate, makeRoot, NOW } from "./authorities.ts";

const root = makeRoot();
const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
const second = (from: string, to: string) =>
  fc.date({ min: new Date(from), max: new Date(to), noInvalidDate: true }).map((date) => {
    date.setUTCMilliseconds(0);
    return date;
  });

describe("an authority of a cluster", () => {
  test("is one that nothing can stand below but workloads, whatever they are", () => {
    const authority = readAuthority(makeIntermediate(root).pem);
    expect(authority).toMatchObject({ isAuthority: true, pathLength: 0, maySign: true, constraints: [] });
    expect(authority).not.toHaveProperty("extendedKeyUsage");
    expect(checkAuthority(authority, 0, NOW)).toEqual([]);
  });

  test("names its signer as the signer names itself", () => {
    const [authority, signer] = [readAuthority(makeIntermediate(root).pem), readAuthority(root.pem)];
    expect(authority.issuer).toBe(signer.subject);
    const [below, above] = [new X509Certificate(authority.pem), new X509Certificate(root.pem)];
    expect(below.checkIssued(above) && below.verify(above.publicKey)).toBe(true);
    expect(below.checkIssued(new X509Certificate(makeRoot().pem))).toBe(false);
  });

  test("is DER that says what it was made from, for all names, times, numbers and constraints", () => {
    const times = fc.uniqueArray(second("1950-01-01", "9999-12-31"), { minLength: 2, maxLength: 2 });
    fc.assert(
      fc.property(
        label,
        label,
        times,
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        fc.option(label, { nil: undefined }),
        (unit, name, dates, serial, domain) => {
          const [notBefore, notAfter] = [...dates].sort((a, b) => a.getTime() - b.getTime()) as [Date, Date];
          const permitted = domain === undefined ? {} : { permittedDomain: `${domain}.mesh` };
          const changes = { unit, name, notBefore, notAfter, serial: Buffer.from(serial), ...permitted };
          const { pem } = makeIntermediate(root, changes);
          const authority = readAuthority(pem);
          const opened = new X509Certificate(pem);
          readDer(opened.raw);
          expect(authority).toMatchObject({ subject: `O=logical-clouds, OU=${unit}, CN=${name}`, notBefore, notAfter });
          expect(authority.constraints).toEqual(domain === undefined ? [] : [`permitted;URI:${domain}.mesh`]);
          expect(opened.subjectAltName).toBe("DNS:istiod-shop.istio-shop.svc");
          expect(opened.serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/);
          expect(opened.serialNumber.slice(2).toLowerCase()).toBe(Buffer.from(serial).toString("hex").slice(2));
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("what is read", () => {
  test("is the first certificate, with all of a chain behind it", () => {
    const chain = makeIntermediate(root).pem + root.pem;
    expect(readAuthority(chain).pem + root.pem).toBe(chain);
    expect(readAuthorities(chain)).toHaveLength(2);
    expect(readAuthorities("")).toEqual([]);
  });

  test.each([
    ["nothing", ""],
    ["a private key beside it", `${root.pem}${root.key.export({ type: "pkcs8", format: "pem" })}`],
    ["another block", root.pem.replaceAll("CERTIFICATE", "X509 CRL")],
    ["a certificate cut short", root.pem.replace(/\n[^-]{8}/, "\n")],
  ])("is refused where it is %s", (_, pem) => {
    expect(() => readAuthority(pem)).toThrow(expect.objectContaining({ code: "CERTIFICATE_WRONG" }));
  });
});

describe.skipIf(!hasOpenssl())("to openssl (skipped where there is none)", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "lcloud-authority-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const openssl = (...args: readonly string[]): string =>
    execFileSync("openssl", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  const verify = (roots: string, certificate: string, ...more: readonly string[]): string =>
    openssl(
      "verify",
      "-x509_strict",
      "-attime",
      `${NOW.getTime() / 1000 + 60}`,
      ...more,
      "-CAfile",
      roots,
      certificate,
    );

  test("an authority verifies strictly by its root and by a bundle of two, and by no other", () => {
    const [authority, other] = [file("i.pem", makeIntermediate(root).pem), makeRoot()];
    expect(verify(file("r.pem", root.pem), authority)).toContain("OK");
    expect(verify(file("two.pem", other.pem + root.pem), authority)).toContain("OK");
    expect(() => verify(file("other.pem", other.pem), authority)).toThrow();
  });

  test("its extensions are the ones that istiod wants, and critical where they bind", () => {
    const text = openssl(
      "x509",
      "-noout",
      "-text",
      "-in",
      file("i.pem", makeIntermediate(root, { permittedDomain: "shop.mesh" }).pem),
    );
    expect(text).toMatch(/Basic Constraints: critical\n\s+CA:TRUE, pathlen:0\n/);
    expect(text).toMatch(/Key Usage: critical\n\s+Digital Signature, Certificate Sign, CRL Sign\n/);
    expect(text).toMatch(/Name Constraints: critical\n\s+Permitted:\n\s+URI:shop.mesh\n/);
    expect(text).toContain("Signature Algorithm: ecdsa-with-SHA256");
    expect(text).not.toContain("Extended Key Usage");
  });

  test.each([
    ["2049-12-31T23:59:59Z", "UTCTIME", "491231235959Z"],
    ["2050-01-01T00:00:00Z", "GENERALIZEDTIME", "20500101000000Z"],
  ])("an end at %s is a %s", (end, kind, digits) => {
    const text = openssl("asn1parse", "-in", file("t.pem", makeRoot({ notAfter: new Date(end) }).pem));
    expect(text).toMatch(new RegExp(`${kind}\\s+:${digits}`));
  });

  test("a workload's certificate verifies within the constraint of its authority, and not beyond", () => {
    const authority = makeIntermediate(root, { permittedDomain: "shop.mesh" });
    const signing = ["-CA", file("i.pem", authority.pem), "-CAkey", file("i.key", pkcs8(authority.key))];
    const leaf = (uri: string): string => {
      const name = `-addext=subjectAltName=critical,URI:${uri}`.split(/=(.*)/s);
      const args = [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-noenc",
        "-subj",
        "/",
        "-days",
        "1",
      ];
      const out = join(folder, "leaf.pem");
      openssl(...args, ...signing, "-keyout", join(folder, "leaf.key"), "-out", out, ...(name.slice(0, 2) as string[]));
      return out;
    };
    const roots = file("r.pem", root.pem);
    const check = (path: string): string =>
      openssl("verify", "-no_check_time", "-CAfile", roots, "-untrusted", join(folder, "i.pem"), path);
    expect(check(leaf("spiffe://shop.mesh/ns/web/sa/default"))).toContain("OK");
    expect(() => check(leaf("spiffe://bank.mesh/ns/web/sa/default"))).toThrow(/permitted subtree violation/);
  });
});

const pkcs8 = (key: { export(options: { type: "pkcs8"; format: "pem" }): string | Buffer }): string =>
  key.export({ type: "pkcs8", format: "pem" }).toString();

function hasOpenssl(): boolean {
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
