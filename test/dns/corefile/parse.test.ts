import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseCorefile } from "../../../src/dns/corefile/parse.ts";
import { grouped } from "./grouped.ts";

interface Answer {
  readonly name: string;
  readonly input: string;
  readonly blocks: readonly unknown[];
  readonly error?: string;
}

const ANSWERS = ["cases", "strange"].flatMap<Answer>((name) =>
  JSON.parse(readFileSync(`test/fixtures/corefile-grammar/${name}.json`, "utf8")),
);

test.each(ANSWERS)("CoreDNS and we agree on $name", ({ input, blocks, error }) => {
  const parsed = parseCorefile(input, { imports: () => [], environment: { Z: "example.org" } });
  expect(grouped(parsed)).toEqual({ blocks, error });
});

test.each([
  [
    "snippets that import each other",
    "(s) {\n log\n import t\n}\n(t) {\n import s\n}\n. {\n import t\n}\n",
    "maximum snippet import depth",
  ],
  ["snippets that double each time", doubling(15), "maximum snippet import depth"],
  ["a file that imports itself", "import self\n", "maximum file import depth"],
  ["words without end", `(s) {\n${"log\n".repeat(1000)}}\n. {\n${"import s\n".repeat(400)}}\n`, "too many words"],
])("imports without end are an error in time: %s", (_, corefile, message) => {
  const { fault } = parseCorefile(corefile, { imports: () => [{ name: "self", text: "import self\n" }] });
  expect(fault?.message).toContain(message);
});

/** Snippets of which each imports the one before twice. */
function doubling(count: number): string {
  const snippets = Array.from({ length: count }, (_, n) => `(s${n + 1}) {\n import s${n}\n import s${n}\n}\n`);
  return `(s0) {\n}\n${snippets.join("")}import s${count}\n`;
}

test("a word is found where it stands, with what stands beside it", () => {
  const text = '\uFEFF. { # x\r\n log "a\nb" c\n}';
  const { blocks } = parseCorefile(text);
  const { keys, open, directives, close } = blocks[0] ?? { keys: [], directives: [] };
  const tokens = [...keys, open, ...directives.flatMap((directive) => directive.tokens), close];
  const found = tokens.flatMap((token) =>
    token ? [[text.slice(token.start, token.end), token.line, token.lastLine]] : [],
  );
  expect(found).toEqual([
    [".", 1, 1],
    ["{", 1, 1],
    ["log", 2, 2],
    ['"a\nb"', 2, 3],
    ["c", 3, 3],
    ["}", 4, 4],
  ]);
  expect(tokens.map((token) => [token?.beginsLine, token?.endsLine])).toEqual([
    ...[
      [true, false],
      [false, true],
    ],
    ...[
      [true, false],
      [false, false],
      [false, true],
    ],
    [true, true],
  ]);
});

test("a file that imports itself costs no more than it has words", () => {
  const text = `import a\n${"x y z\n".repeat(1000)}`;
  const { fault } = parseCorefile("import a\n", { imports: () => [{ name: "a", text }] });
  expect(fault?.message).toContain("import depth");
});

test("what many imports of one path mean is asked once", () => {
  const asked: string[] = [];
  const imports = (path: string) => {
    asked.push(path);
    return path === "a" ? [{ name: "a", text: " errors\n" }] : undefined;
  };
  const { blocks, unread } = parseCorefile(". {\n import a\n import b\n import a\n import b\n}\n", { imports });
  expect(blocks[0]?.directives).toHaveLength(2);
  expect(unread.map(({ line }) => line)).toEqual([3]);
  expect(asked).toEqual(["a", "b"]);
});
