import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { askNames } from "../../src/cli/ask-names.ts";

async function answer(typed: string, ...names: readonly string[]) {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const asked = text(output);
  input.end(typed);
  const isMeant = await askNames(names, { input, output });
  output.end();
  return { isMeant, questions: (await asked).split(": ").length - 1 };
}

test("a name counts as meant if it is typed as it is", async () => {
  expect(await answer("shop\n", "shop")).toEqual({ isMeant: true, questions: 1 });
  for (const typed of ["y\n", "yes\n", "shop-batch\n", "Shop\n", "\n", ""]) {
    expect(await answer(typed, "shop")).toMatchObject({ isMeant: false });
  }
});

test("after a wrong answer nothing more is asked", async () => {
  expect(await answer("no\nbank\n", "shop", "bank")).toEqual({ isMeant: false, questions: 1 });
});

test("each name is asked for by itself", async () => {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const answers = ["shop\n", "bank\n"];
  output.on("data", (question: Buffer) => {
    if (question.includes("type its name")) input.write(answers.shift() ?? "no\n");
  });
  expect(await askNames(["shop", "bank"], { input, output })).toBe(true);
  expect(answers).toEqual([]);
});
