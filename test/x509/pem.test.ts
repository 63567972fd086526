import fc from "fast-check";
import { expect, test } from "vitest";
import { formatPem, holdsPrivateKey, readPem } from "../../src/x509/pem.ts";
import { parseRequest } from "../../src/x509/request.ts";
import { forgeRequest } from "./forged-request.ts";

const request = forgeRequest();
const [first = "", ...rest] = request.split("\n");
const body = rest.slice(0, -2);
const last = rest.at(-2) ?? "";

test.each(
  Object.entries({
    CRLF: request.replaceAll("\n", "\r\n"),
    CR: request.replaceAll("\n", "\r"),
    "no last line feed": request.trimEnd(),
    "many last line feeds": `${request}\n\n\n`,
    "text around it": `Certificate Request:\n    Data: 1 (0x0)\n${request}made by hand\n`,
    "a byte order mark": `\ufeff${request}`,
    "one long line": [first, body.join(""), last].join("\n"),
    "lines of 76 characters": [first, ...(body.join("").match(/.{1,76}/g) ?? []), last].join("\n"),
    "spaces at the ends of its lines": request.replaceAll("\n", "  \n"),
  }),
)("a request with %s is read as the same", (_, text) => {
  expect(parseRequest(text).pem).toBe(request);
});

test("what is formatted is read again, and no line is longer than 64 characters", () => {
  const blocks = fc.array(fc.record({ label: fc.constantFrom("CERTIFICATE", "X509 CRL"), bytes: fc.uint8Array() }));
  fc.assert(
    fc.property(blocks, (blocks) => {
      const expected = blocks.map(({ label, bytes }) => ({ label, der: Buffer.from(bytes) }));
      const text = expected.map(({ label, der }) => formatPem(label, der)).join("");
      expect(readPem(text)).toEqual(expected);
      expect(text.split("\n").every((line) => line.length <= 64)).toBe(true);
    }),
  );
});

test.each(["PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY"])(
  "a block %s is taken for a private key",
  (label) => {
    expect(holdsPrivateKey(formatPem(label, Buffer.alloc(8)))).toBe(true);
  },
);

test("a key of another format is taken for a private key", () => {
  expect(holdsPrivateKey("---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nAAAA")).toBe(true);
});

test("a sentence about private keys is none", () => {
  expect(holdsPrivateKey("To begin, make a new private key.\n")).toBe(false);
});

test("a key is found behind whatever stands before it in its line, and not over lines", () => {
  expect(holdsPrivateKey("x -----BEGIN A-----BEGIN RSA PRIVATE KEY-----")).toBe(true);
  expect(holdsPrivateKey("PRIVATE KEY -----BEGIN A-----\nPRIVATE KEY")).toBe(false);
});

test("a text of anybody's is searched for keys in no time", () => {
  expect(holdsPrivateKey("--BEGIN".repeat(100_000))).toBe(false);
});
