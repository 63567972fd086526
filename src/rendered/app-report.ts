import { readFile } from "node:fs/promises";
import type { MeshCost } from "../mesh/mesh-cost.ts";
import { type Fault, invalid } from "../model/error.ts";
import type { FILE_VERSION } from "./files.ts";
import { formatJson } from "./format-json.ts";
import type { WrittenDist } from "./write-dist.ts";

/** What an app's synthesis did, for whoever has started it with `LCLOUD_REPORT=<file>`. */
export type AppReport = RenderedReport | RefusedReport;

export interface RenderedReport extends WrittenDist {
  readonly version: typeof FILE_VERSION;
  readonly kind: "rendered";
  /** The folder that was written, absolute. */
  readonly outdir: string;
  /** What is allowed, and had better be known. */
  readonly warnings: readonly Fault[];
  /** What clouds' own meshes take of all clusters together; absent where there is none. */
  readonly meshes?: MeshCost;
}

/** Nothing was written. */
interface RefusedReport {
  readonly version: typeof FILE_VERSION;
  readonly kind: "refused";
  /** Of the error, which has the faults too. */
  readonly message: string;
  readonly faults: readonly Fault[];
}

export const formatAppReport = (report: AppReport): string => formatJson(report);

/**
 * @returns undefined where there is no file.
 * @throws {@link CloudError} `INVALID` for a file that {@link formatAppReport} has not written.
 */
export async function findAppReport(path: string): Promise<AppReport | undefined> {
  // Imported when used: the app that only writes the file needs no schemas.
  const [{ parseJson }, { appReportSchema }] = await Promise.all([import("./parse-json.ts"), import("./schemas.ts")]);
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const parsed = parseJson(text, appReportSchema);
  if (parsed.faults === undefined) return parsed.value;
  throw invalid(
    parsed.faults.map((message) => ({ path, message })),
    "the app's report cannot be read",
  );
}
