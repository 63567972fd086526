import { writeFileSync } from "node:fs";
import process from "node:process";
import type { CloudError } from "../model/error.ts";
import { formatAppReport } from "../rendered/app-report.ts";

/**
 * Tell whoever started the app why it has rendered nothing. They tell it their user; if nobody here catches the error,
 * Node would tell it a second time, with a place in the source that says nothing.
 *
 * @param path - Of the report.
 */
export function reportRefusal(path: string, error: CloudError): void {
  const { message, faults } = error;
  writeFileSync(path, formatAppReport({ version: 1, kind: "refused", message, faults }));
  process.once("uncaughtException", (uncaught) => {
    if (uncaught !== error) throw uncaught;
    process.exit(1);
  });
}
