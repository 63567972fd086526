import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Deadlines } from "../../src/pipeline/deadlines.ts";

const cluster = (name: string) => ({ file: { name } }) as Parameters<Deadlines["leftMs"]>[0];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

test("all that is waited for on a cluster shares one time, which begins with the first of it", () => {
  const deadlines = new Deadlines(5000);
  vi.advanceTimersByTime(60_000);
  expect(deadlines.leftMs(cluster("m1"))).toBe(5000);
  vi.advanceTimersByTime(2000);
  expect(deadlines.leftMs(cluster("m1"))).toBe(3000);
  expect(deadlines.leftMs(cluster("m2"))).toBe(5000);
  vi.advanceTimersByTime(60_000);
  expect(deadlines.leftMs(cluster("m1"))).toBe(0);
});
