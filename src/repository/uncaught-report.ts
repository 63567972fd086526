import { CloudError, type Fault } from "../model/error.ts";

/** Whether a line begins Node's report of an uncaught error: the place in the source where it was thrown. */
export const isReportStart = (line: string): boolean => /^(?:file:\/\/|node:|\/|[A-Za-z]:\\).*:\d+$/.test(line);

/**
 * The error in the user's input that a report is about: a process can hand back an error only as text.
 *
 * @returns undefined for any other error.
 */
export function readReport(lines: readonly string[]): CloudError | undefined {
  const message = REPORTED.exec(lines.join("\n"))?.[1];
  if (message === undefined) return undefined;
  return new CloudError("INVALID", message, { faults: message.split("\n").slice(1).flatMap(readFault) });
}

/** Node puts an error without a stack in brackets, and its properties after it. */
const REPORTED = /^\[?CloudError: ([\s\S]+?)(?:\] \{\n {2}code: 'INVALID'|\]?\n+(?: {4}at |Node\.js v))/m;

/** The inverse of how `invalid` formats a fault. */
function readFault(line: string): readonly Fault[] {
  const [, path, message] = /^ {2}(\S.*?): (.+)$/.exec(line) ?? [];
  return path === undefined || message === undefined ? [] : [{ path, message }];
}
