import type { z } from "zod";
import { FILE_VERSION } from "./files.ts";

/** What was read, or what is wrong with it: a line for each mistake, with its remedy. */
export type Parsed<T> =
  | { readonly value: T; readonly faults?: never }
  | { readonly value?: never; readonly faults: readonly string[] };

/** Read the text of a versioned JSON file through its schema. */
export function parseJson<T>(text: string, schema: z.ZodType<T>): Parsed<T> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { faults: [`is no JSON; ${AGAIN}`] };
  }
  const version = typeof json === "object" && json !== null && "version" in json ? json.version : undefined;
  if (typeof version === "number" && version !== FILE_VERSION) {
    return {
      faults: [
        `has version ${version}, but this lcloud reads version ${FILE_VERSION}; use the same lcloud for all steps`,
      ],
    };
  }
  const { data, error } = schema.safeParse(json);
  if (error === undefined) return { value: data };
  return { faults: error.issues.map((issue) => `${describeIssue(issue)}; ${AGAIN}`) };
}

/** Remedy for all that no hand but ours should have written. */
export const AGAIN = "run lcloud synth";

/** `field.of.it: what is wrong` */
export function describeIssue({ path, message }: Pick<z.core.$ZodIssue, "path" | "message">): string {
  const said = message.charAt(0).toLowerCase() + message.slice(1);
  return path.length === 0 ? said : `${path.join(".")}: ${said}`;
}
