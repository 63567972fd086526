import fc from "fast-check";
import type { Imports } from "../../../src/dns/corefile/importer.ts";

/** A Corefile and the files beside it, by their names. */
export interface CorefileCase {
  readonly corefile: string;
  readonly files: Readonly<Record<string, string>>;
}

const SPACE = [" ", " ", " ", "\n", "\n", "\n", "\t", "\r\n", "\r", "\u0085", "\u00a0", "\u2028", "\u3000"];
const ODD = ['"', '"', "#", ",", "{", "}", "\uFEFF", "\u200b", "\0", "\u{1f41f}", "{$", "{%", "%}", "{}", '"}"', '"{"'];
const ROOTS = [".", ".:53", "dns://."];
const ZONES = ["a.example", "tls://b", "C.Example.:053", "{$Z}", "d:x", "https://."];
const KEYS = [...ROOTS, ...ZONES, "{$NOPE}", "(s)", "(t)", ":53"];
const PLUGINS = [
  ...["errors", "reload", "cache 30", "forward . 1.1.1.1", "prometheus :9153", "bind 10.0.0.1"],
  ...["cache {\n success 1\n }", "log {$Z} {%NOPE%}", 'log "a # b\n\\"c"', 'log "\\\\" x\\"y "\\z"'],
];
/** Files import snippets alone, so that no import goes in circles for long. */
const OF_FILES = ["import s", "import t"];
const IMPORTS = [...OF_FILES, "import a.server", "import *.server", "import b.*", "import nope", 'import "a.server"'];
const SOUND_IMPORTS = ["import s", "import *.server", "import b.*"];

const pick = (words: readonly string[]) => fc.constantFrom(...words);
const joined = (pieces: readonly string[]): string => pieces.join("");

/** Words in no order. */
function soup(imports: readonly string[]): fc.Arbitrary<string> {
  const words = [ODD, KEYS, PLUGINS, imports].map((list) => ({ weight: 1, arbitrary: pick(list) }));
  return fc.array(fc.oneof({ weight: 5, arbitrary: pick(SPACE) }, ...words), { maxLength: 30 }).map(joined);
}

const blank = fc.array(pick([" ", " ", "\t", "\r", "\u00a0", "\u2028"]), { minLength: 1, maxLength: 2 }).map(joined);
const lineEnd = pick(["\n", "\n", "\n", "\n", "\r\n", " # x\n", "\n\n", "\n# } {\n", " \n\t"]);

const directive = (imports: readonly string[]): fc.Arbitrary<string> =>
  fc.tuple(blank, pick([...PLUGINS, ...PLUGINS, ...imports]), lineEnd).map(joined);

/** A server block as people write them. */
const block = (keys: readonly string[], imports: readonly string[]): fc.Arbitrary<string> =>
  fc
    .tuple(pick(keys), blank, fc.constant("{"), lineEnd, fc.array(directive(imports), { maxLength: 4 }).map(joined))
    .chain((parts) => lineEnd.map((end) => `${joined(parts)}}${end}`));

/** A snippet and the block of `.`, with other blocks and imports around it. */
function sound(imports: readonly string[]): fc.Arbitrary<string> {
  const others = fc.array(
    fc.oneof(
      block(ZONES, imports),
      pick(imports).map((line) => `${line}\n`),
    ),
    { maxLength: 3 },
  );
  return fc
    .tuple(
      pick(["", "", "\uFEFF", "# x\n"]),
      block(["(s)"], []),
      others.map(joined),
      block(ROOTS, imports),
      others.map(joined),
    )
    .chain((parts) => fc.boolean().map((isCut) => (isCut ? joined(parts).trimEnd() : joined(parts))));
}

/** A sound file where something is put in, left out or replaced at one place. */
const broken = (imports: readonly string[]): fc.Arbitrary<string> =>
  fc
    .tuple(sound(imports), fc.nat(), fc.nat(3), pick([...SPACE, ...ODD, ...KEYS]))
    .map(([text, place, length, piece]) => {
      const start = place % (text.length + 1);
      return text.slice(0, start) + piece + text.slice(start + length);
    });

const file = fc.oneof(
  { weight: 6, arbitrary: block(["x", "y"], []) },
  { weight: 1, arbitrary: soup(OF_FILES) },
  { weight: 1, arbitrary: broken(["import s"]) },
);

/** Corefiles sound, nearly sound and senseless. */
export const corefileCase: fc.Arbitrary<CorefileCase> = fc.record({
  corefile: fc.oneof(soup(IMPORTS), sound(SOUND_IMPORTS), broken(SOUND_IMPORTS), broken(IMPORTS)),
  files: fc.dictionary(pick(["a.server", "b.server"]), file, { noNullPrototype: true }),
});

/** What an import would find among files in one folder. */
export const importsOf =
  ({ files }: CorefileCase): Imports =>
  (path) => {
    const pattern = path
      .replace(/[$()+.[\]^{|}\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".");
    const names = Object.keys(files).filter((name) => new RegExp(`^${pattern}$`, "s").test(name));
    return names.sort().map((name) => ({ name, text: files[name] ?? "" }));
  };
