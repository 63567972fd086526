import { stderr, stdout } from "node:process";
import { styleText } from "node:util";

/** Text on stderr in colour, where it is a terminal that shows it and NO_COLOR does not forbid it. */
export const onStderr = (style: "red" | "green" | "yellow" | "dim", text: string): string =>
  styleText(style, text, { stream: stderr });

/** The same on stdout. */
export const onStdout = (style: "red" | "green" | "yellow" | "dim", text: string): string =>
  styleText(style, text, { stream: stdout });
