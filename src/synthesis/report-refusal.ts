import { writeFileSync } from "node:fs";
import process from "node:process";
import type { FleetRoot } from "../definition/fleet-root.ts";
import { CloudError, type Fault, invalid } from "../model/error.ts";
import { formatAppReport } from "../rendered/app-report.ts";
import { checkConstructs } from "./check-constructs.ts";
import { findThrownFault } from "./thrown-fault.ts";

/**
 * What the FleetApps of one process must know of each other: whoever runs the app takes all that the process does for
 * one result. So where one is refused no other writes, and no two write to one folder, since to each of them the
 * other's files are stale. They have nothing in common but the process, and so this is kept there; it is found by a
 * name, since the apps may come from two copies of this module.
 */
interface AppRun {
  isRefused: boolean;
  hasWritten: boolean;
  /** Those that can still be told with what ends the process; empty where nobody asks for a report. */
  readonly apps: Set<FleetRoot>;
  /** By folder. */
  readonly writers: Map<string, FleetRoot>;
}

const APP_RUN = Symbol.for("logical-clouds.AppRun");

function thisRun(): AppRun {
  const holder = process as { [APP_RUN]?: AppRun };
  holder[APP_RUN] ??= { isRefused: false, hasWritten: false, apps: new Set(), writers: new Map() };
  return holder[APP_RUN];
}

// When this is imported, since a mistake can end the app before it has made a FleetApp. Unlike a handler, it leaves what
// is not reported to Node.
if (findReportFile() !== undefined) process.on("uncaughtExceptionMonitor", reportUncaught);

/** The file in which whoever runs the app wants to be told what it did. An empty variable is as one that is not set. */
export function findReportFile(): string | undefined {
  return process.env["LCLOUD_REPORT"] || undefined;
}

/** Have the faults of an app told together with a mistake that ends the process before the app's synth. */
export function joinRun(app: FleetRoot): void {
  if (findReportFile() !== undefined) thisRun().apps.add(app);
}

/** Tell whoever asked for a report why nothing is rendered. It stays so, even if the app goes on. */
export function reportRefusal({ message, faults }: CloudError): void {
  const path = findReportFile();
  const run = thisRun();
  if (path === undefined || run.isRefused) return;
  run.isRefused = true;
  process.exitCode = 1;
  writeFileSync(path, formatAppReport({ version: 1, kind: "refused", message, faults }));
}

/** Whether {@link reportRefusal} has told a refusal in this process. */
export const wasRefused = (): boolean => thisRun().isRefused;

/** @returns Whether no other app of this process has written to that folder; then no other may from now on. */
export function claimFolder(folder: string, app: FleetRoot): boolean {
  const { writers } = thisRun();
  const writer = writers.get(folder) ?? app;
  writers.set(folder, writer);
  return writer === app;
}

/** An app was written, so that no later mistake leaves nothing written. */
export function noteWritten(): void {
  thisRun().hasWritten = true;
}

/**
 * Tell a mistake in the input that ends the app, wherever it is found. Whoever asked for the report tells it their user;
 * Node would tell it a second time, with a stack that says nothing.
 */
function reportUncaught(error: unknown): void {
  const { isRefused, hasWritten, apps } = thisRun();
  if (error instanceof CloudError) {
    if (error.code !== "INVALID") return;
    reportRefusal(withOthers(error.faults, apps));
  } else {
    const fault = isRefused || hasWritten ? undefined : findThrownFault(error, process.cwd());
    if (fault === undefined) return;
    reportRefusal(withOthers([fault], apps));
  }
  process.exit(1);
}

/** What clouds are made of stays as wrong as it is; what they render might still have been patched, so it is not told. */
function withOthers(faults: readonly Fault[], apps: ReadonlySet<FleetRoot>): CloudError {
  return invalid([...faults, ...[...apps].flatMap(constructFaults)], "nothing was written");
}

function constructFaults(app: FleetRoot): readonly Fault[] {
  try {
    return checkConstructs(app);
  } catch {
    // a validation of the user throws: another mistake, but not what ended the app
    return [];
  }
}
