import { expect, test } from "vitest";
import { mapConcurrently } from "../../src/kube-api/map-concurrently.ts";

test("no more run at once than may, and results keep the order of their items", async () => {
  let running = 0;
  let most = 0;
  const results = await mapConcurrently([5, 1, 3, 0, 2], 2, async (turns) => {
    most = Math.max(most, ++running);
    for (let turn = 0; turn < turns; turn++) await undefined;
    running--;
    return turns * 10;
  });
  expect(results).toEqual([50, 10, 30, 0, 20]);
  expect(most).toBe(2);
});

test("after an error nothing is started, and it is told when all that was under way has ended", async () => {
  const ended: number[] = [];
  const run = mapConcurrently([0, 1, 2, 3], 2, async (item) => {
    if (item === 0) throw new Error("first");
    for (let turn = 0; turn < 10; turn++) await undefined;
    ended.push(item);
  });
  await expect(run).rejects.toThrow("first");
  expect(ended).toEqual([1]);
});

test("nothing is done with nothing", async () => {
  expect(await mapConcurrently([], 3, () => Promise.reject(new Error("never")))).toEqual([]);
});
