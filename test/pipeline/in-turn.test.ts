import { expect, test } from "vitest";
import { inTurn, type Turn } from "../../src/pipeline/in-turn.ts";

/** Turns that end when they are told to, and which of them have begun. */
function scene(...places: readonly (readonly [server: string, place: string])[]) {
  const begun: string[] = [];
  const begin = (name: string, end: Promise<string>): Promise<string> => {
    begun.push(name);
    return end;
  };
  const ends = new Map<string, PromiseWithResolvers<string>>();
  const turns = places.map(([server, place], index): Turn<string> => {
    const name = `${index}`;
    const end = Promise.withResolvers<string>();
    ends.set(name, end);
    return { server, place, run: () => begin(name, end.promise) };
  });
  return { begun, ends, results: inTurn(turns) };
}

/** All that follows at once from what has been resolved. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("turns for one place are taken one after another, others at once", async () => {
  const { begun, ends, results } = scene(["a", "a/1"], ["a", "a/1"], ["a", "a/2"]);
  await settled();
  expect(begun).toEqual(["0", "2"]);
  ends.get("0")?.resolve("done");
  expect(await results[0]).toBe("done");
  await settled();
  expect(begun).toEqual(["0", "2", "1"]);
});

test("a server is given eight at once, and another does not wait for it", async () => {
  const many = Array.from({ length: 12 }, (_, index) => ["a", `a/${index}`] as const);
  const { begun, ends } = scene(...many, ["b", "b/1"]);
  await settled();
  expect(begun).toEqual(["0", "1", "2", "3", "4", "5", "6", "7", "12"]);
  ends.get("3")?.resolve("done");
  await settled();
  expect(begun.at(-1)).toBe("8");
});

test("one that fails stops none of those behind it", async () => {
  const { ends, results } = scene(["a", "a/1"], ["a", "a/1"]);
  ends.get("0")?.reject(new Error("a fault"));
  ends.get("1")?.resolve("done");
  expect(await Promise.allSettled(results)).toMatchObject([{ status: "rejected" }, { value: "done" }]);
});
