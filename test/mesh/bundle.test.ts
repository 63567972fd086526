import fc from "fast-check";
import { expect, test } from "vitest";
import { type Cacerts, cacertsOf, compareRoots, fingerprintsOf, rootsOf, secretDataOf } from "../../src/mesh/bundle.ts";
import { makeRoot } from "../x509/authorities.ts";

const roots = [makeRoot(), makeRoot(), makeRoot()].map(({ pem }) => pem);
const bundle = fc
  .shuffledSubarray([0, 1, 2])
  .map((chosen) => ({ chosen, pem: chosen.map((at) => roots[at]).join("") }));

test("bundles are compared by what they trust, in whatever order", () => {
  fc.assert(
    fc.property(bundle, bundle, (live, wanted) => {
      const isSuper = wanted.chosen.every((each) => live.chosen.includes(each));
      const isSub = live.chosen.every((each) => wanted.chosen.includes(each));
      const relation = isSuper ? (isSub ? "same" : "superset") : isSub ? "subset" : "other";
      expect(compareRoots(live.pem, wanted.pem)).toBe(relation);
    }),
  );
});

test("text around certificates, CRLF and one that is there twice make no difference", () => {
  const [one = "", two = ""] = roots;
  expect(compareRoots(`# our root\n${one.replaceAll("\n", "\r\n")}`, one)).toBe("same");
  expect(compareRoots(one + one, one)).toBe("same");
  expect(rootsOf(`text\n${one}\n${two}`)).toEqual([one, two]);
});

test.each(["no PEM", "-----BEGIN CERTIFICATE-----\nAA", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"])(
  "%j is trust in somebody whom nobody knows",
  (text) => {
    const [one = ""] = roots;
    expect(compareRoots(text, one)).toBe("other");
    expect(fingerprintsOf(text)).toHaveLength(1);
  },
);

test("a Secret is read back as it was written, and not where a part is missing", () => {
  const cacerts: Cacerts = { caCert: "a\n", caKey: "b\n", rootCert: "c\n", certChain: "d\n" };
  const written = secretDataOf(cacerts);
  expect(cacertsOf(written)).toEqual(cacerts);
  for (const key of Object.keys(written)) {
    const { [key]: _, ...rest } = written;
    expect(cacertsOf(rest)).toBeUndefined();
  }
});
