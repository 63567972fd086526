import { writeFileSync } from "node:fs";
import process from "node:process";
import { CloudError } from "../model/error.ts";
import { formatAppReport } from "../rendered/app-report.ts";

let isWatching = false;
let isRefused = false;

/**
 * From now on, a mistake in the input that ends the app is told to whoever asked for its report, wherever in the app it
 * is found. They tell it their user; Node would tell it a second time, with a place in the source that says nothing.
 */
export function reportUncaught(): void {
  if (isWatching || process.env["LCLOUD_REPORT"] === undefined) return;
  isWatching = true;
  // unlike a handler, it leaves all other errors to Node
  process.on("uncaughtExceptionMonitor", (error) => {
    if (!(error instanceof CloudError) || error.code !== "INVALID") return;
    reportRefusal(error);
    process.exit(1);
  });
}

/** Tell whoever asked for a report why nothing is rendered. It stays so, even if the app goes on. */
export function reportRefusal({ message, faults }: CloudError): void {
  const path = process.env["LCLOUD_REPORT"];
  if (path === undefined || isRefused) return;
  isRefused = true;
  process.exitCode = 1;
  writeFileSync(path, formatAppReport({ version: 1, kind: "refused", message, faults }));
}

/** Whether {@link reportRefusal} has told a refusal in this process. */
export const wasRefused = (): boolean => isRefused;
