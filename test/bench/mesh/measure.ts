import { join } from "node:path";
import { type Cloud, FLEETS } from "./telco.ts";

/** What a variant took; Node's start and the loading of modules are left out. */
export interface Measurement {
  readonly ms: number;
  /** Of processors, all threads together: beside others on the machine, the steadier one. */
  readonly cpuMs: number;
  /** Peak of the resident memory. */
  readonly mb: number;
}

/** How often a fleet is made in one process before it is measured, and while it is; each in a folder of its own. */
export interface Turns {
  readonly unmeasured: number;
  readonly measured: number;
  /** Whether what is measured finds all made. */
  readonly again: boolean;
}

/** Makes all that a fleet needs in a folder, which need not be there yet. */
export type Make = (clouds: readonly Cloud[], folder: string) => Promise<void>;

/**
 * Run a variant for the fleet of the first argument, within the folder of the second, as often as {@link Turns} in the third
 * say, and print the {@link Measurement} of one of the measured turns.
 */
export async function measure(make: Make): Promise<void> {
  const [, , fleet = "", parent = "", turns = ""] = process.argv;
  const clouds = FLEETS.get(fleet);
  if (clouds === undefined) throw new Error(`no fleet "${fleet}"`);
  const { unmeasured, measured, again }: Turns = JSON.parse(turns);
  for (let turn = 0; turn < unmeasured; turn++) await make(clouds, join(parent, `unmeasured-${turn}`));
  const folders = Array.from({ length: measured }, (_, turn) => join(parent, `${turn}`));
  if (again) for (const folder of folders) await make(clouds, folder);
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  for (const folder of folders) await make(clouds, folder);
  const ms = (performance.now() - start) / measured;
  const { user, system } = process.cpuUsage(cpu);
  const cpuMs = (user + system) / 1000 / measured;
  const measurement: Measurement = { ms, cpuMs, mb: process.resourceUsage().maxRSS / 1024 };
  process.stdout.write(JSON.stringify(measurement));
}
