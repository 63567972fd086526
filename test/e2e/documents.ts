import { readFileSync } from "node:fs";
import { join } from "node:path";

/** One fenced block of a document. */
export interface Example {
  readonly language: string;
  readonly text: string;
  /** Line of the document on which it begins. */
  readonly line: number;
}

/** The fenced blocks of a Markdown file of this repository, in their order; indented ones too. */
export function examplesOf(path: string): readonly Example[] {
  const text = readFileSync(join(import.meta.dirname, "..", "..", path), "utf8");
  return [...text.matchAll(/^( *)```(\w*)\n(.*?)^ *```$/gms)].map(
    ({ 1: indent = "", 2: language = "", 3: body = "", index }) => ({
      language,
      text: body.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
      line: text.slice(0, index).split("\n").length,
    }),
  );
}

/** The files that a document shows: each begins with a comment that is its path. */
export function filesOf(examples: readonly Example[]): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const { language, text } of examples) {
    const path = /^\/\/ (clouds\/[\w-]+\.ts)\n/.exec(text)?.[1];
    if (language === "ts" && path !== undefined) files.set(path, text);
  }
  return files;
}
