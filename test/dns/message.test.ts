import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeAnswer, encodeQuery, type RecordType } from "../../src/dns/message.ts";
import { decodeAnswer as readByOther } from "../lab/dns-message.ts";

const octets = (...values: readonly number[]): Buffer => Buffer.from(values);
const label = (text: string): Buffer => Buffer.concat([octets(text.length), Buffer.from(text)]);
const QUESTION = Buffer.concat([label("web"), label("shop"), octets(0, 0, 1, 0, 1)]);
const TO_QUESTION = octets(0xc0, 12);

const record = (type: number, content: Buffer): Buffer =>
  Buffer.concat([TO_QUESTION, octets(0, type, 0, 1, 0, 0, 0, 30, 0, content.length), content]);

const answer = (code: number, ...records: readonly Buffer[]): Buffer =>
  Buffer.concat([octets(0, 7, 0x84, code, 0, 1, 0, records.length, 0, 0, 0, 0), QUESTION, ...records]);

const labels = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?$/);

test("a query is one message after its length, as another reader reads it", () => {
  const names = fc.array(labels, { minLength: 1, maxLength: 5 }).map((parts) => parts.join("."));
  const types = fc.constantFrom<RecordType>("A", "AAAA", "SRV");
  fc.assert(
    fc.property(fc.nat(0xffff), names, types, (id, name, type) => {
      const query = encodeQuery(id, name, type);
      const message = query.subarray(2);
      expect(query.readUInt16BE(0)).toBe(message.length);
      expect(readByOther(message)).toMatchObject({ id, rcode: "NOERROR", answers: [] });
      expect(message.includes(Buffer.from(name.split(".").at(-1) ?? ""))).toBe(true);
      expect(encodeQuery(id, `${name}.`, type).equals(query)).toBe(true);
    }),
  );
});

test("an answer tells its addresses, and ports of SRV, as people write them", () => {
  const srv = Buffer.concat([octets(0, 0, 0, 100, 0x1f, 0x90), label("web"), octets(0)]);
  const v6 = octets(0xfd, 0, ...Array<number>(13).fill(0), 1);
  expect(decodeAnswer(answer(0, record(1, octets(10, 0, 0, 9)), record(28, v6), record(33, srv)))).toEqual({
    id: 7,
    code: "NOERROR",
    records: [
      { type: "A", value: "10.0.0.9" },
      { type: "AAAA", value: "fd00::1" },
      { type: "SRV", value: "8080" },
    ],
  });
});

test("records of other types are passed over", () => {
  const alias = record(5, octets(0xc0, 16));
  expect(decodeAnswer(answer(0, alias, record(1, octets(10, 0, 0, 9))))?.records).toEqual([
    { type: "A", value: "10.0.0.9" },
  ]);
});

test.each([
  [2, "SERVFAIL"],
  [3, "NXDOMAIN"],
  [5, "REFUSED"],
  [9, "RCODE9"],
])("return code %d is told as %s", (code, name) => {
  expect(decodeAnswer(answer(code))).toEqual({ id: 7, code: name, records: [] });
});

test("a part of an answer is none, wherever it ends", () => {
  const whole = answer(0, record(1, octets(10, 0, 0, 9)));
  expect(decodeAnswer(whole)).toBeDefined();
  for (let length = 0; length < whole.length; length++) expect(decodeAnswer(whole.subarray(0, length))).toBeUndefined();
});

test("a question is no answer, as of a server that sends back what it gets", () => {
  expect(decodeAnswer(encodeQuery(7, "web.shop", "A").subarray(2))).toBeUndefined();
});

test("no bytes make it throw or go on for ever", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void decodeAnswer(Buffer.from(bytes))));
});
