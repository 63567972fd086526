import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { parseCorefile } from "../../../src/dns/corefile/parse.ts";
import { patchCorefile } from "../../../src/dns/corefile/patch.ts";
import { labBinary } from "../../lab/binaries.ts";
import { type CorefileCase, corefileCase, importsOf } from "./arbitrary-corefile.ts";
import { type Grouped, grouped } from "./grouped.ts";
import { ZONES } from "./zones.ts";

/** What CoreDNS makes of a Corefile. */
interface Answer extends Grouped {
  /** Why it would not serve what it has read. */
  readonly refusal?: string;
}

const SEED = 20_261_129;
const CASES = 20_000;
const TIMEOUT_MS = 60_000;
const ENVIRONMENT = { Z: "example.org" };

let judged: readonly (CorefileCase & { readonly answer: Answer })[] = [];

beforeAll(async () => {
  judged = await judge(fc.sample(corefileCase, { seed: SEED, numRuns: CASES }).filter((each) => !goesRound(each)));
});

test(`${CASES} Corefiles are read as CoreDNS reads them (seed ${SEED})`, () => {
  const otherwise = judged.filter((each) => {
    const parsed = grouped(parseCorefile(each.corefile, { imports: importsOf(each), environment: ENVIRONMENT }));
    return !isDeepStrictEqual([parsed.blocks, told(parsed.error)], [each.answer.blocks, told(each.answer.error)]);
  });
  expect(otherwise.slice(0, 5)).toEqual([]);
  const refused = judged.filter(({ answer }) => answer.error !== undefined).length;
  expect(Math.min(refused, judged.length - refused)).toBeGreaterThan(CASES / 5);
});

test("where we put zones in, CoreDNS serves them beside all that it served before", async () => {
  const patched = judged.flatMap((each) => {
    const result = patchCorefile({ corefile: each.corefile, zones: ZONES, ours: [], imports: importsOf(each) });
    return result.ok && each.answer.error === undefined
      ? [{ corefile: result.patch.corefile, files: each.files, before: each.answer }]
      : [];
  });
  expect(patched.length).toBeGreaterThan(CASES / 20);
  const wrong = (await judge(patched)).filter(({ before, answer: { blocks, error, refusal } }) => {
    const others = blocks.filter(({ keys }) => !isOurs(keys));
    const isRight = error === undefined && refusal === before.refusal && blocks.length === others.length + ZONES.length;
    return !isRight || !isDeepStrictEqual(others, before.blocks);
  });
  expect(wrong.slice(0, 5)).toEqual([]);
});

/** Whether a Corefile imports in circles: CoreDNS refuses it too, but takes minutes for it. */
function goesRound(each: CorefileCase): boolean {
  const { fault } = parseCorefile(each.corefile, { imports: importsOf(each), environment: ENVIRONMENT });
  return fault?.message.includes("import depth") ?? false;
}

const isOurs = ([key = "", ...others]: readonly string[]): boolean =>
  others.length === 0 && ZONES.some(({ zone }) => key.startsWith(`${zone}:`));

/** CoreDNS repeats a path in this error, but without double slashes. */
const told = (error: string | undefined): string | undefined => error?.replace(/(but has others: ).*/s, "$1");

/** Ask CoreDNS' own code. */
async function judge<C extends CorefileCase>(
  cases: readonly C[],
): Promise<readonly (C & { readonly answer: Answer })[]> {
  const child = spawn(await labBinary("corefile"), {
    env: ENVIRONMENT,
    stdio: ["pipe", "pipe", "inherit"],
    timeout: TIMEOUT_MS,
  });
  const exit = once(child, "exit");
  const answered = text(child.stdout);
  child.stdin.end(cases.map(({ corefile, files }) => `${JSON.stringify({ corefile, files })}\n`).join(""));
  const lines = (await answered).trimEnd().split("\n");
  expect(await exit).toEqual([0, null]);
  return cases.map((each, index) => ({ ...each, answer: JSON.parse(lines[index] ?? "") }));
}
