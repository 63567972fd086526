/** Milliseconds of each of several runs, after one that does not count. */
export async function timesOf(runs: number, work: () => unknown): Promise<readonly number[]> {
  await work();
  const times: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  return times;
}

/** @param share - 0.5 for the median. */
export const quantile = (numbers: readonly number[], share: number): number =>
  [...numbers].sort((a, b) => a - b)[Math.min(numbers.length - 1, Math.floor(numbers.length * share))] ?? 0;

export const median = (numbers: readonly number[]): number => quantile(numbers, 0.5);

/** A line of the report. */
export const tell = (what: string, value: string): void => console.log(what.padEnd(76) + value.padStart(18));

export const inMs = (ms: number, digits = 1): string => `${ms.toFixed(digits)} ms`;
