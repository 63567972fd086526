/** A line in a Corefile or in what it imports. */
export interface Place {
  /** Name of an imported file; undefined for the Corefile itself. */
  readonly file: string | undefined;
  /** From 1. */
  readonly line: number;
}

/** A word of a Corefile, without its quotes, and where it begins. */
export interface Token extends Place {
  readonly text: string;
  /** Where it ends: only a quoted one goes over several lines. */
  readonly lastLine: number;
  /** Where it begins and ends in its file, in UTF-16 code units; quotes belong to it. */
  readonly start: number;
  readonly end: number;
  /** Whether it is the first and the last word on its lines. */
  readonly beginsLine: boolean;
  readonly endsLine: boolean;
  /** Whether an `import` has put it where it is read. */
  readonly imported: boolean;
}

/** The words of a file. */
export interface Lexed {
  readonly tokens: readonly Token[];
  /** Line of a quote that nothing closes: whatever is appended to the file would become a part of it. */
  readonly openQuote?: number;
}

/**
 * Split a Corefile into words as CoreDNS does, oddities included: `\r` is nothing, even inside a word; a comment that
 * begins inside a word ends with the next space; only a quote that begins a word quotes; only `\"` is an escape.
 *
 * @see https://github.com/coredns/caddy/blob/v1.1.4/caddyfile/lexer.go
 */
export function lexCorefile(corefile: string, file?: string): Lexed {
  const tokens: Writable<Token>[] = [];
  let [at, line] = [corefile.startsWith(BYTE_ORDER_MARK) ? 1 : 0, 1];
  for (;;) {
    [at, line] = skipSpace(corefile, at, line);
    if (at === corefile.length) return { tokens };
    const start = at;
    const isQuoted = corefile.charCodeAt(start) === QUOTE;
    const word = isQuoted ? quotedWord(corefile, start) : bareWord(corefile, start);
    const lastLine = isQuoted ? line + countLineBreaks(word.text) : line;
    // a quote with nothing after it is no word
    if (word.closed || word.text !== "") {
      const previous = tokens.at(-1);
      const beginsLine = previous === undefined || previous.lastLine < line;
      if (previous !== undefined) previous.endsLine = beginsLine;
      const { text, end } = word;
      tokens.push({ text, file, line, lastLine, start, end, beginsLine, endsLine: true, imported: false });
    }
    if (!word.closed) return { tokens, openQuote: line };
    at = word.end;
    line = lastLine;
  }
}

const BYTE_ORDER_MARK = "\uFEFF";

type Writable<T> = { -readonly [K in keyof T]: T[K] };

interface Word {
  readonly text: string;
  readonly end: number;
  readonly closed: boolean;
}

/** Where the next word begins, and its line; the end of the text where there is none. */
function skipSpace(text: string, from: number, line: number): [at: number, line: number] {
  let comment = false;
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === LINE_FEED) {
      line++;
      comment = false;
    } else if (code === NUMBER_SIGN) comment = true;
    else if (!comment && !isSpace(code)) return [at, line];
  }
  return [text.length, line];
}

function bareWord(text: string, start: number): Word {
  let end = start + 1;
  let isPlain = true;
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end);
    if (code === CARRIAGE_RETURN || code === NUMBER_SIGN) isPlain = false;
    else if (isSpace(code)) break;
  }
  const word = text.slice(start, end);
  return { text: isPlain ? word : word.replace(/#.*/s, "").replaceAll("\r", ""), end, closed: true };
}

function quotedWord(text: string, start: number): Word {
  let end = start + 1;
  while (end < text.length && text[end] !== '"') end += text[end] === "\\" ? 2 : 1;
  const closed = end < text.length;
  const inner = text.slice(start + 1, end);
  // what is left of an escape at the end of the text is nothing
  const unescaped = inner.replace(/\\(.?)/gs, (pair, next) => (next === '"' || next === "" ? next : pair));
  return { text: unescaped, end: closed ? end + 1 : text.length, closed };
}

/** How many lines a word goes over, beside its first one. */
export function countLineBreaks(word: string): number {
  let count = 0;
  for (let at = word.indexOf("\n"); at >= 0; at = word.indexOf("\n", at + 1)) count++;
  return count;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const QUOTE = 0x22;
const NUMBER_SIGN = 0x23;

/** Space by Go's rules, which are not those of `\s`: U+0085 is space, U+FEFF is not. @see https://pkg.go.dev/unicode#IsSpace */
const isSpace = (code: number): boolean =>
  code < 0x80 ? code === 0x20 || (code >= 0x09 && code <= 0x0d) : WIDE_SPACE.has(code);

const WIDE_SPACE: ReadonlySet<number> = new Set([
  ...[0x85, 0xa0, 0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200a],
  ...[0x2028, 0x2029, 0x202f, 0x205f, 0x3000],
]);
