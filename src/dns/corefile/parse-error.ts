import type { Token } from "./lexer.ts";

/** Where CoreDNS stops to read a Corefile, and why. */
export interface ParseFault {
  /** Name of the imported file; absent for the Corefile itself. */
  readonly file?: string;
  readonly line: number;
  /** In the words of CoreDNS, as its log has them. */
  readonly message: string;
}

/** Ends parsing; it never leaves {@link parseCorefile}. */
export class ParseError extends Error implements ParseFault {
  readonly file?: string;
  readonly line: number;

  constructor(message: string, at: Token | undefined) {
    super(message);
    if (at?.file !== undefined) this.file = at.file;
    this.line = at?.line ?? 0;
  }
}

export const parsingError = (message: string, at: Token | undefined): ParseError =>
  new ParseError(`Error during parsing: ${message}`, at);

export const expected = (word: string, at: Token | undefined): ParseError =>
  new ParseError(`Syntax error: Unexpected token '${at?.text ?? ""}', expecting '${word}'`, at);
