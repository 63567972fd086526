import { type Duplex, duplexPair } from "node:stream";
import { beforeEach, expect, test } from "vitest";
import { DnsStream, StreamEnded } from "../../../src/inspect/dns/dns-stream.ts";

const TIMEOUT_MS = 2000;

let connection: Duplex;
let stream: DnsStream;
let server: Duplex;

beforeEach(() => {
  const [ours, theirs] = duplexPair();
  connection = ours;
  stream = new DnsStream(connection);
  server = theirs.on("error", () => undefined).resume();
});

/** An answer of one address, 10.0.0.`last`, after its length. */
function answer(id: number, last: number): Buffer {
  const header = [0, id, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0];
  const record = [0, 0, 1, 0, 1, 0, 0, 0, 30, 0, 4, 10, 0, 0, last];
  return Buffer.from([0, header.length + record.length, ...header, ...record]);
}

const ask = () => stream.ask("web.shop", "A", AbortSignal.timeout(TIMEOUT_MS));

const records = (last: number) => ({ records: [{ type: "A", value: `10.0.0.${last}` }] });

test("an answer may come an octet at a time", async () => {
  const asked = ask();
  for (const octet of answer(0, 9)) server.write(Buffer.of(octet));
  expect(await asked).toMatchObject(records(9));
});

test("answers may come together, and in another order than the questions", async () => {
  const asked = [ask(), ask()];
  server.write(Buffer.concat([answer(1, 8), answer(0, 9)]));
  expect(await Promise.all(asked)).toMatchObject([records(9), records(8)]);
});

test("what nobody has asked is passed over", async () => {
  const asked = ask();
  server.write(Buffer.concat([answer(7, 6), answer(0, 9)]));
  expect(await asked).toMatchObject(records(9));
  expect(stream.answered).toBe(1);
});

test.each([
  ["nothing", Buffer.alloc(50_000_000)],
  ["what cannot be read", Buffer.from([0, 3, 1, 2, 3])],
])("a stream of %s is left at once", async (_, sent) => {
  const asked = ask();
  server.write(sent);
  await expect(asked).rejects.toThrow(StreamEnded);
  expect(stream.isOpen).toBe(false);
  expect(connection.destroyed).toBe(true);
});

test("an answer that the end of the stream cuts off is none", async () => {
  const asked = ask();
  server.end(answer(0, 9).subarray(0, -1));
  await expect(asked).rejects.toThrow(StreamEnded);
  expect(stream.isOpen).toBe(false);
  await expect(ask()).rejects.toThrow(StreamEnded);
});

test("a question is given up in its time, however much else comes", async () => {
  const asked = stream.ask("web.shop", "A", AbortSignal.timeout(50));
  const flood = setInterval(() => server.write(answer(7, 6)), 1);
  await expect(asked).rejects.toMatchObject({ name: "TimeoutError" });
  clearInterval(flood);
});
