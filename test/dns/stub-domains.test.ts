import { expect, test } from "vitest";
import { patchStubDomains } from "../../src/dns/stub-domains.ts";
import type { ForwardZone } from "../../src/dns/zone.ts";

const zoneTo = (zone: string, ...addresses: readonly string[]): ForwardZone => ({ kind: "forward", zone, addresses });
const SHOP = zoneTo("shop", "10.0.0.53");
const PAY = zoneTo("pay", "10.0.0.54", "2001:db8::1");

/** The text with those zones, or the faults. */
function patch(text: string | undefined, wanted: readonly ForwardZone[], ours: readonly string[] = []): unknown {
  const patched = patchStubDomains(text, { wanted, ours });
  return patched.kind === "patched" ? patched.value : patched.faults;
}

test.each([
  ["nothing", undefined],
  ["an empty text", ""],
  ["an entry", '{"acme.local": ["1.2.3.4"]}'],
  ["many lines", '{\n  "acme.local": ["1.2.3.4"],\n  "b": ["::1"]\n}\n'],
  ["space everywhere", ' { "a" : [ "1.1.1.1" ] , "b":[ ] } '],
  ["braces in strings", '{"}{,\\"": ["]"], "\\\\": []}'],
  ["an empty object with space", "{ }"],
])("zones put into %s are there, and taken out again leave every byte as it was", (_, text) => {
  const put = patch(text, [SHOP, PAY]);
  expect(JSON.parse(String(put))).toEqual({
    ...JSON.parse(text || "{}"),
    shop: ["10.0.0.53"],
    pay: ["10.0.0.54", "2001:db8::1"],
  });
  const ours = ["shop", "pay"];
  expect(patch(String(put), [SHOP, PAY], ours)).toBe(put);
  const taken = patch(String(put), [], ours);
  expect(taken).toBe(text || undefined);
  // in whatever order they go
  for (const [first, second] of [ours, ours.toReversed()]) {
    const rest = patch(
      String(put),
      [SHOP, PAY].filter(({ zone }) => zone !== first),
      ours,
    );
    expect(patch(String(rest), [], [String(second)])).toBe(text || undefined);
  }
});

test("others' entries are kept to the byte while one of ours changes", () => {
  const text = '{ "a":["1.1.1.1"],\n"Shop.": ["10.0.0.1"] }';
  expect(patch(text, [SHOP], ["shop"])).toBe('{ "a":["1.1.1.1"],\n"Shop.": ["10.0.0.53"] }');
});

test("an entry in another formatting is as good", () => {
  const text = '{"shop": [ "10.0.0.53" ]}';
  expect(patchStubDomains(text, { wanted: [SHOP], ours: ["shop"] })).toMatchObject({
    value: text,
    zones: [{ zone: "shop", action: "kept" }],
  });
});

test.each([
  ["broken JSON", '{"a": ', [SHOP], []],
  ["a list", "[]", [SHOP], []],
  ["null", "null", [SHOP], []],
  ["an entry of somebody else", '{"SHOP": ["1.1.1.1"]}', [SHOP], []],
  ["an entry that is there twice", '{"shop": ["1.1.1.1"], "shop.": []}', [SHOP], ["shop"]],
  ["an address with a port", "{}", [zoneTo("shop", "10.0.0.53:5353")], []],
  ["a name", "{}", [zoneTo("shop", "ns.example.com")], []],
])("%s is refused", (_, text, wanted, ours) => {
  expect(patch(text, wanted, ours)).toEqual([expect.any(String)]);
});
