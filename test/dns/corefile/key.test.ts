import { expect, test } from "vitest";
import { parseKey } from "../../../src/dns/corefile/key.ts";

test.each([
  [".", "dns://.:53"],
  ["shop", "dns://shop.:53"],
  ["shop.:53", "dns://shop.:53"],
  ["dns://Shop:053", "dns://shop.:53"],
  ["SHOP:+53", "dns://shop.:53"],
  ["tls://shop:853", "tls://shop.:853"],
  ["tls://shop", "tls://shop.:"],
  ["https3://shop:1", "https3://shop.:1"],
  ["DNS://shop", "dns://dns://shop.:53"],
  ["shop:http", "dns://shop:http.:53"],
  ["shop:9223372036854775808", "dns://shop:9223372036854775808.:53"],
  ["shop\\.", "dns://shop\\..:53"],
  ["shop\\\\.", "dns://shop\\\\.:53"],
  ["\u212A\u0130\u03A3", "dns://ki\u03C3.:53"],
  [":53", "dns://:53"],
])("the key %s is %s", (key, expected) => {
  const { transport, zone, port } = parseKey(key);
  expect(`${transport}://${zone}:${port}`).toBe(expected);
});

test("a key of any length is read in time", () => {
  const backslashes = "\\".repeat(300_000);
  expect(parseKey(`a${backslashes}x`).zone).toHaveLength(300_003);
  expect(parseKey(`a${backslashes}.`).zone).toHaveLength(300_002);
  expect(parseKey(`a${backslashes}\\.`).zone).toHaveLength(300_004);
});
