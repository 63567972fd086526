import { type Cloud, FLEETS } from "./telco.ts";

/** What a variant took; Node's start and the loading of modules are left out. */
export interface Measurement {
  readonly ms: number;
  /** Of processors, all threads together: beside others on the machine, the steadier one. */
  readonly cpuMs: number;
  /** Peak of the resident memory. */
  readonly mb: number;
}

/** Run a variant for the fleet of the first argument, with the folder of the second, and print its {@link Measurement}. */
export async function measure(run: (clouds: readonly Cloud[], folder: string) => Promise<void>): Promise<void> {
  const [, , fleet = "", folder = ""] = process.argv;
  const clouds = FLEETS.get(fleet);
  if (clouds === undefined) throw new Error(`no fleet "${fleet}"`);
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  await run(clouds, folder);
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  const measurement: Measurement = { ms, cpuMs: (user + system) / 1000, mb: process.resourceUsage().maxRSS / 1024 };
  process.stdout.write(JSON.stringify(measurement));
}
