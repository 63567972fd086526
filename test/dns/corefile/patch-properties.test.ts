import fc from "fast-check";
import { expect, test } from "vitest";
import { parseCorefile } from "../../../src/dns/corefile/parse.ts";
import { patchCorefile } from "../../../src/dns/corefile/patch.ts";
import { corefileCase, importsOf } from "./arbitrary-corefile.ts";
import { grouped } from "./grouped.ts";
import { DEV, SHOP, ZONES } from "./zones.ts";

const RUNS = { numRuns: 300 };
const NAMES = ZONES.map(({ zone }) => zone);

test("a Corefile is refused with its faults, or patched, so that all else is what it was", () => {
  let patches = 0;
  const law = fc.property(corefileCase, (each) => {
    const imports = importsOf(each);
    const result = patchCorefile({ corefile: each.corefile, zones: ZONES, ours: [], imports });
    if (!result.ok) {
      expect(result.faults).not.toEqual([]);
      return;
    }
    patches++;
    const { corefile } = result.patch;
    const before = grouped(parseCorefile(each.corefile, { imports }));
    const after = grouped(parseCorefile(corefile, { imports }));
    const others = after.blocks.filter(({ keys: [key = ""] }) => !NAMES.some((name) => key.startsWith(`${name}:`)));
    expect({ ...after, blocks: others }).toEqual(before);
    expect(after.blocks).toHaveLength(before.blocks.length + ZONES.length);

    const again = patchCorefile({ corefile, zones: ZONES, ours: NAMES, imports });
    expect(again).toMatchObject({ ok: true, patch: { corefile, unchanged: NAMES } });
    const gone = patchCorefile({ corefile, zones: [], ours: NAMES, imports });
    expect(gone).toMatchObject({ ok: true, patch: { corefile: each.corefile, removed: NAMES } });
  });
  fc.assert(law, RUNS);
  expect(patches).toBeGreaterThan(RUNS.numRuns / 20);
});

test("the way to a set of zones does not matter", () => {
  const sets = fc.subarray([DEV, SHOP, { ...SHOP, zone: "a.shop" }, { ...DEV, zone: "z" }]);
  const root = fc.constantFrom(". {\n}", "\uFEFFx {\r\n}\r\n. {\r\n}\r\n# end", ". {\n}\r", ". {\n}\nx {\n}\n");
  const law = fc.property(root, fc.array(sets, { maxLength: 4 }), sets, (corefile, steps, last) => {
    let text: string = corefile;
    let ours: readonly string[] = [];
    for (const zones of [...steps, last]) {
      const result = patchCorefile({ corefile: text, zones, ours });
      if (!result.ok) throw new Error(JSON.stringify(result.faults));
      text = result.patch.corefile;
      ours = zones.map(({ zone }) => zone);
    }
    expect(patchCorefile({ corefile, zones: last, ours: [] })).toMatchObject({ ok: true, patch: { corefile: text } });
  });
  fc.assert(law);
});

test("text of any kind is read without an error of ours", () => {
  const words = fc.string({ unit: fc.constantFrom(...'.{}"\\#,$%ab()\n\r\t \u0085\uFEFF\u2028\uD83D\0', "import ") });
  fc.assert(
    fc.property(words, (corefile) => {
      const { blocks, fault } = parseCorefile(corefile);
      expect(fault?.line ?? blocks.length).toBeGreaterThanOrEqual(0);
    }),
    { numRuns: 2000 },
  );
});
