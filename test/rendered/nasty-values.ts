import fc from "fast-check";

/** Pieces of text that some reader of YAML takes for more than text. */
const FRAGMENTS: readonly string[] = [
  ..." \n\t\r#:-?*&!|>%@`'\"{}[],~=<./\\$0y",
  ...[
    "\0",
    "\u007f",
    "\u0085",
    "\u00a0",
    "\u2028",
    "\u2029",
    "\ufeff",
    "\ufffe",
    "\uffff",
    "é",
    "中",
    "😀",
    "\u{1fffe}",
  ],
  ...[
    "---",
    "...",
    "--- a",
    "<<",
    "<<: *a",
    ": ",
    " #",
    "- ",
    "? ",
    "\n\n",
    " \n",
    "\n ",
    "%YAML 1.1\n",
    "&a b",
    "*a",
    "!!str",
  ],
  ...["null", "Null", "~", "true", "TRUE", "yes", "No", "on", "OFF", "y", "N", "NaN", ".nan", ".inf", "-.INF"],
  ...["0", "1_000", "0x1f", "0o17", "017", "0b11", "1e3", "1.0e+3", "6e-323", "12:30", "190:20:30.5", "2026-12-31"],
  ...["2001-12-14t21:59:43.10-05:00", "a", "web-1", "/x", "lc:shop:dev", "a: b", "__proto__", "constructor"],
];

export const nastyText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...FRAGMENTS),
  fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 6 }).map((fragments) => fragments.join("")),
  fc.string({ unit: "binary", maxLength: 12 }),
);

/** JSON does not tell -0 from 0. */
const number = fc
  .oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.maxSafeInteger())
  .map((value) => (value === 0 ? 0 : value));

/** Objects as manifests are: of any JSON, with text at its worst. */
export const nastyObject: fc.Arbitrary<object> = fc.letrec<{ value: unknown; object: object }>((tie) => ({
  value: fc.oneof(
    { depthSize: "medium", withCrossShrink: true },
    nastyText,
    number,
    fc.boolean(),
    fc.constant(null),
    tie("object"),
    fc.array(tie("value"), { maxLength: 4 }),
  ),
  object: fc.dictionary(nastyText, tie("value"), { minKeys: 1, maxKeys: 4, noNullPrototype: true }),
})).object;
