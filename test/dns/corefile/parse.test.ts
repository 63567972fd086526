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
