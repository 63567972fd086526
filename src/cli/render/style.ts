import { stderr, stdout } from "node:process";
import { styleText } from "node:util";

/** Text on stderr in colour, where it is a terminal that shows it and NO_COLOR does not forbid it. */
export const onStderr = (style: "red" | "green" | "yellow" | "dim", text: string): string =>
  styleText(style, text, { stream: stderr });

/** The same on stdout. */
export const onStdout = (style: "red" | "green" | "yellow" | "dim", text: string): string =>
  styleText(style, text, { stream: stdout });

/** What clusters and agents say, without the characters by which it could write to the terminal; lines stay. */
export const printable = (text: string): string => text.replace(/[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069]/gu, "");
