import { domainToASCII } from "node:url";
import fc from "fast-check";
import tlds from "tlds";
import { describe, expect, test } from "vitest";
import {
  areNested,
  endOf,
  isRegistrable,
  normalZone,
  publicZoneFault,
  withParents,
  zoneFormFault,
} from "../../src/dns/check-zone.ts";
import { isPublicTld } from "../../src/dns/public-tlds.ts";

const NAMESPACES = ["shop"];

const faultOf = (zone: string): string | undefined =>
  zoneFormFault(normalZone(zone), NAMESPACES) ?? publicZoneFault(normalZone(zone));

describe("a zone is refused with a reason and a remedy", () => {
  test.each([
    ["", /^is empty; /],
    [".", /^is empty; /],
    ["shop_eu", /underscore.+; use -$/],
    ["_tcp.shop-eu", /underscore/],
    ["bücher", /no ASCII; write it as "xn--bcher-kva"$/],
    ["shop\u200b", /no ASCII; /],
    ["\u212aorp", /no ASCII; /],
    ["our shop", /no DNS name; /],
    ["*.shop-eu", /no DNS name; /],
    ["-shop", /no DNS name; /],
    ["shop-", /no DNS name; /],
    ["a..b", /no DNS name; /],
    ["shop-eu..", /no DNS name; /],
    ["10.0.0.0/8", /no DNS name; /],
    ["shop:53", /no DNS name; /],
    ["shop {\n}", /no ASCII|no DNS name; /],
    ["a".repeat(64), /no DNS name; .+63 characters/],
    ["192.0.2.1", /reads like an IP address; /],
    ["shop", /"shop" is a top-level domain of the internet.+; choose another zone, as in "our-shop"/],
    ["Dev.", /"dev" is a top-level domain/],
    ["xn--p1ai", /top-level domain/],
    ["internal", /reserved; /],
    ["cluster", /reserved; /],
    ["shop.svc", /ends with "svc".+Kubernetes' own; /],
    ["pod", /ends with "pod"/],
    ["shop.local", /ends with "local"/],
    ["localhost", /ends with "localhost"/],
    ["10.in-addr.arpa", /ends with "arpa"/],
    ["8.b.d.0.1.0.0.2.ip6.arpa", /ends with "arpa"/],
  ])("%j", (zone, message) => expect(faultOf(zone)).toMatch(message));
});

test.each([
  "our-shop",
  "shop.corp",
  "Shop.Internal.",
  "shop.k8s.example.com",
  "xn--bcher-kva-eu",
  "a1",
  "1a",
  "4.you-x",
])("%s may be a zone", (zone) => expect(faultOf(zone)).toBeUndefined());

test("a zone is as long as leaves room for any Service and any namespace of its cloud", () => {
  const most = 253 - 63 - 1 - "shop".length - 1;
  expect(zoneFormFault(`${"a".repeat(60)}.`.repeat(3) + "a".repeat(most - 183), NAMESPACES)).toBeUndefined();
  expect(zoneFormFault(`${"a".repeat(60)}.`.repeat(3) + "a".repeat(most - 182), NAMESPACES)).toMatch(`at most ${most}`);
});

test("public top-level domains are those of IANA's list, in ASCII", () => {
  expect(tlds.map((tld) => domainToASCII(tld)).filter((tld) => !isPublicTld(tld))).toEqual([]);
  expect(["our-shop", "corp", "lan", "svc", "cluster", "Com", "рф", ""].filter(isPublicTld)).toEqual([]);
});

test.each([
  ["example.com", true],
  ["shop.dev", true],
  ["shop.example.com", false],
  ["shop.corp", false],
  ["com", false],
])("%s: somebody may have registered it: %s", (zone, expected) => expect(isRegistrable(zone)).toBe(expected));

const label = fc.stringMatching(/^[a-z][a-z0-9-]{0,4}[a-z0-9]$/);
const zone = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join("."));
const spelling = fc
  .tuple(zone, fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }), fc.boolean())
  .map(([name, upper, hasDot]) => ({
    name,
    spelled: [...name].map((char, at) => (upper[at] ? char.toUpperCase() : char)).join("") + (hasDot ? "." : ""),
  }));

test("neither case nor a dot at the end ever matters", () => {
  fc.assert(
    fc.property(spelling, ({ name, spelled }) => {
      expect(normalZone(spelled)).toBe(name);
      expect(faultOf(spelled)).toBe(faultOf(name));
    }),
  );
});

test("of two zones one lies in the other whichever is asked first, and by whole labels", () => {
  fc.assert(
    fc.property(zone, zone, label, (one, other, more) => {
      expect(areNested(one, other)).toBe(areNested(other, one));
      expect(areNested(one, other)).toBe(one === other || one.endsWith(`.${other}`) || other.endsWith(`.${one}`));
      expect(areNested(one, `${more}.${one}`)).toBe(true);
      expect(areNested(one, `${more}${one}`)).toBe(false);
      expect(withParents(one)[0]).toBe(one);
      expect(withParents(one).at(-1)).toBe(endOf(one));
    }),
  );
});
