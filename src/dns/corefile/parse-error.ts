import type { Place, Token } from "./lexer.ts";

/** Where CoreDNS stops to read a Corefile, and why. */
export interface ParseFault extends Place {
  /** In the words of CoreDNS, as its log has them. */
  readonly message: string;
}

/** Ends parsing; it never leaves `parseCorefile`. */
export class ParseError extends Error {
  readonly fault: ParseFault;

  constructor(message: string, at: Token | undefined) {
    super(message);
    this.fault = { file: at?.file, line: at?.line ?? 0, message };
  }
}

export const parsingError = (message: string, at: Token | undefined): ParseError =>
  new ParseError(`Error during parsing: ${message}`, at);

export const expected = (word: string, at: Token | undefined): ParseError =>
  new ParseError(`Syntax error: Unexpected token '${at?.text ?? ""}', expecting '${word}'`, at);
