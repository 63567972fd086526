import { expect, test } from "vitest";
import { type DnsRecord, digestOf, EMPTY_RECORD, formatRecord, readRecord } from "../../src/dns/record.ts";

const RECORD: DnsRecord = {
  namespace: "kube-system",
  zones: [
    { place: "corefile", zone: "pay", cloud: "bank", isPut: true },
    { place: "stub-domains", zone: "shop", cloud: "shop", isPut: false },
  ],
  corefile: { before: ".:53 {\n}\n", zones: [{ zone: "pay", cloud: "bank" }], written: digestOf("x") },
};

test.each([
  ["a full one", RECORD],
  ["an empty one", EMPTY_RECORD],
  [
    "one whose Corefile was too long",
    { ...RECORD, corefile: { before: undefined, zones: [], written: digestOf("x") } },
  ],
])("a record is read as it was written: %s", (_, record) => {
  expect(readRecord(formatRecord(record), "east")).toEqual(record);
});

test("the last good Corefile is there to be put back by hand", () => {
  expect(formatRecord(RECORD)["data"]).toMatchObject({ Corefile: ".:53 {\n}\n" });
});

test("the same zones give the same record, whatever their order", () => {
  expect(formatRecord({ ...RECORD, zones: RECORD.zones.toReversed() })).toEqual(formatRecord(RECORD));
});

test("a Corefile that leaves no room is not kept, and all else is", () => {
  const before = "é".repeat(512 * 1024 - 50);
  const written = { before, zones: [], written: digestOf("x") };
  expect(readRecord(formatRecord({ ...RECORD, corefile: written }), "east")).toEqual({
    ...RECORD,
    corefile: { before: undefined, zones: [], written: digestOf("x") },
  });
  const room = { before: "é".repeat(512 * 1024 - 200), zones: [], written: digestOf("x") };
  expect(readRecord(formatRecord({ ...RECORD, corefile: room }), "east").corefile).toEqual(room);
});

test.each([{}, { "zones.v2": "" }, { "zones.v1": "corefile shop\n" }, { "zones.v1": "elsewhere shop shop put\n" }])(
  "what another version has written is not guessed: %j",
  (data) => {
    const configMap = { ...formatRecord(EMPTY_RECORD), data };
    expect(() => readRecord(configMap, "east")).toThrow(expect.objectContaining({ code: "API_ERROR" }));
  },
);

test.each([
  { "zones.v1": "corefile shop\u001b[2J shop put\n" },
  { "zones.v1": "corefile Shop shop put\n" },
  { "zones.v1": "corefile shop ../x put\n" },
  { "zones.v1": "corefile shop shop put again\n" },
  { "zones.v1": "", "written.sha256": "0", "zones-before.v1": "sh\u0000op shop\n" },
])("a record that names what no zone and no cloud is called is not read: %j", (data) => {
  const configMap = { ...formatRecord(EMPTY_RECORD), data };
  expect(() => readRecord(configMap, "east")).toThrow(expect.objectContaining({ code: "API_ERROR" }));
});
