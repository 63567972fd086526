import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Fault } from "../model/error.ts";

/** What JavaScript itself throws: nobody has written these texts for a user, and their stack is what helps. */
const BUGS = [TypeError, ReferenceError, RangeError, SyntaxError];

/** This package, as stacks name it. */
const PACKAGE = fileURLToPath(new URL("..", import.meta.url));

const FRAME = /^ {4}at (?:.* \()?(?:file:\/\/)?(?<file>\/[^()]+):(?<line>\d+):\d+\)?$/gm;

/**
 * The fault in what a program throws to say that something is wrong with it: itself, cdk8s, or any other package.
 *
 * @param folder - To which files are relative.
 * @returns Its path is the place in the user's own files, where there is one; undefined for a bug.
 */
export function findThrownFault(error: unknown, folder: string): Fault | undefined {
  if (typeof error === "string") return faultOf("app", error);
  if (!(error instanceof Error) || BUGS.some((bug) => error instanceof bug)) return undefined;
  return faultOf(findPlace(error.stack ?? "", folder) ?? "app", error.message || error.name);
}

const faultOf = (path: string, text: string): Fault => ({
  path,
  message: `${text.replace(/\.$/, "")}; the app ends there, so correct this first`,
});

function findPlace(stack: string, folder: string): string | undefined {
  const frames = [...stack.matchAll(FRAME)].map(({ groups = {} }) => ({ file: "", line: "", ...groups }));
  const own = frames.find(({ file }) => !file.includes("/node_modules/") && !file.startsWith(PACKAGE));
  return own === undefined ? undefined : `${relative(folder, decodeURI(own.file))}:${own.line}`;
}
