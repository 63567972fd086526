import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { z } from "zod";
import { CloudError, type Fault } from "../model/error.ts";
import type { Manifest } from "../model/manifest.ts";
import { type Parsed, parseJson } from "./parse-json.ts";
import { manifestParser } from "./parse-manifests.ts";

/** Paths are relative to dist/. */
type ReportFault = (path: string, message: string) => void;

export interface DistReader {
  readonly faults: readonly Fault[];
  readonly fault: ReportFault;
  readonly text: (path: string) => string;
  readonly json: <T>(path: string, schema: z.ZodType<T>) => T | undefined;
  readonly manifests: (path: string) => readonly Manifest[] | undefined;
  /**
   * The bytes of files: the very ones that were read, since somebody may write meanwhile; those of others are read now.
   * No more is kept of what was read before.
   */
  readonly take: (paths: readonly string[]) => ReadonlyMap<string, Buffer>;
}

/**
 * Reads files of dist/, and keeps the faults of all of them.
 *
 * @throws {@link CloudError} `INVALID`, from its methods, for a file that cannot be opened.
 */
export function distReader(dir: string): DistReader {
  const faults: Fault[] = [];
  const fault: ReportFault = (path, message) => faults.push({ path: join(dir, path), message });
  const parseManifests = manifestParser();
  let kept = new Map<string, Buffer>();
  const bytesOf = (path: string): Buffer => {
    const bytes = kept.get(path) ?? readBytes(join(dir, path));
    kept.set(path, bytes);
    return bytes;
  };
  const text = (path: string): string => bytesOf(path).toString("utf8");
  const read = <T>(path: string, parse: (text: string) => Parsed<T>): T | undefined => {
    const parsed = parse(text(path));
    for (const message of parsed.faults ?? []) fault(path, message);
    return parsed.value;
  };
  return {
    faults,
    fault,
    text,
    json: (path, schema) => read(path, (text) => parseJson(text, schema)),
    manifests: (path) => read(path, parseManifests),
    take: (paths) => {
      const taken = new Map(paths.map((path) => [path, bytesOf(path)]));
      kept = new Map();
      return taken;
    },
  };
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new CloudError("INVALID", `${path}: cannot be read; is it yours?`, { cause });
  }
}
