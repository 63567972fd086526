/** What a variant took; Node's start and the loading of modules are left out. */
export interface Measurement {
  readonly ms: number;
  /** Peak of the resident memory. */
  readonly mb: number;
}

/** Arguments of a variant: number of clouds, output folder. */
export const [count, outdir] = [Number(process.argv[2]), process.argv[3] ?? ""] as const;

/** Run a variant and print its {@link Measurement}. */
export function measure(run: () => void): void {
  const start = performance.now();
  run();
  const ms = performance.now() - start;
  const mb = process.resourceUsage().maxRSS / 1024;
  process.stdout.write(JSON.stringify({ ms, mb } satisfies Measurement));
}
