/** Of the beginning, and of the end, where git says what came of it after all that hooks of the server have said. */
const MAX_LENGTH = 2000;

/** How far git is, here and on the server. */
const PROGRESS =
  /^(?:remote: )?(?:(?:Enumerating|Counting|Compressing|Writing|Receiving|Unpacking) objects: +\d|Resolving deltas: +\d|Delta compression using up to|Total \d+ \(delta).*\n?/gm;

/**
 * What git, its helpers and the server print, fit for a terminal and a log: without progress, without credentials in URLs
 * and headers, and without control characters, by which a server could write to the terminal.
 */
export function cleanOutput(text: string): string {
  const printable = text
    .replace(/\r\n?/g, "\n")
    .replace(PROGRESS, "")
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    .replace(/\x1b\[[0-9;]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, "");
  const told = maskCredentials(printable).trim();
  if (told.length <= 2 * MAX_LENGTH) return told;
  return `${told.slice(0, MAX_LENGTH)}\n…\n${told.slice(-MAX_LENGTH)}`;
}

/** Replace what may be a credential by `***`. */
export const maskCredentials = (text: string): string =>
  text
    .replace(/([A-Za-z][A-Za-z0-9+.-]*:\/\/)[^\s/@'"]+@/g, "$1***@")
    .replace(/((?:authorization|private-token|job-token)\s*[:=]\s*)[^\n'"]+/gi, "$1***")
    .replace(/([?&](?:access_token|private_token|token|password)=)[^&\s'"]+/gi, "$1***")
    .replace(/\b(?:gh[opsur]_|github_pat_|glpat-|glcbt-|ATCTT|ATBB)[\w-]{8,}/g, "***");
