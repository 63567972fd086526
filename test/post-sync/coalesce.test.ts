import { expect, test } from "vitest";
import { coalesce } from "../../src/post-sync/coalesce.ts";

/** Turns that end when they are told to. */
function setUp(limit: number) {
  const started: string[] = [];
  const turns = new Map<string, PromiseWithResolvers<void>>();
  const ask = coalesce(limit, (key) => {
    started.push(key);
    const turn = Promise.withResolvers<void>();
    turns.set(key, turn);
    return turn.promise;
  });
  return { ask, started, turn: (key: string) => turns.get(key) ?? expect.fail(`${key} has not started`) };
}

test("all who ask while a key is under way share the one turn after it", async () => {
  const { ask, started, turn } = setUp(2);
  const first = ask("a");
  const later = Array.from({ length: 100 }, () => ask("a"));
  expect(started).toEqual(["a"]);
  turn("a").resolve();
  await first;
  expect(started).toEqual(["a", "a"]);
  turn("a").resolve();
  await Promise.all(later);
  expect(started).toEqual(["a", "a"]);
});

test("no more keys than the limit are under way, and the others follow in order", async () => {
  const { ask, started, turn } = setUp(2);
  const [a, b, c, d] = ["a", "b", "c", "d"].map(ask);
  expect(started).toEqual(["a", "b"]);
  turn("b").resolve();
  await b;
  expect(started).toEqual(["a", "b", "c"]);
  for (const key of ["a", "c"]) turn(key).resolve();
  await Promise.all([a, c]);
  turn("d").resolve();
  await d;
  expect(started).toEqual(["a", "b", "c", "d"]);
});

test("a key that is under way holds up no other", async () => {
  const { ask, started, turn } = setUp(2);
  const asked = ["a", "a", "b"].map(ask);
  expect(started).toEqual(["a", "b"]);
  turn("a").resolve();
  await asked[0];
  for (const key of ["a", "b"]) turn(key).resolve();
  await Promise.all(asked);
});

test("an error is for those who asked for that turn", async () => {
  const { ask, turn } = setUp(1);
  const [first, second] = [ask("a"), ask("a")];
  const refused = expect(first).rejects.toThrow("a bug");
  turn("a").reject(new TypeError("a bug"));
  await refused;
  turn("a").resolve();
  await second;
});
