/** Thrown where a value has no YAML that every reader takes; the message goes on from the path of the culprit. */
export class Unwritable extends Error {
  readonly culprit: unknown;

  constructor(culprit: unknown, message: string) {
    super(message);
    this.culprit = culprit;
  }
}

/** Implicit keys may have as many characters, quotes included. @see https://yaml.org/spec/1.2.2/#742-flow-mappings */
const MAX_KEY_LENGTH = 1024;

/**
 * Text that every reader takes as that text when it stands without quotes: it starts as no number, date or indicator
 * does, and holds neither a comment nor the end of a key.
 */
const PLAIN = /^[A-Za-z/](?:[\w./@+-]|[ :](?=[\w./@+-]))*$/;

/** What YAML 1.1 or 1.2 take for a boolean or null. */
const WORD = /^(?:y|n|yes|no|on|off|true|false|null)$/i;

/** Unprintable, or a line break to some readers. JSON escapes what lies below 0x20. */
const TO_ESCAPE = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

/**
 * Lines that a block scalar keeps as they are: printable, the first not indented, none with blanks at its end,
 * and at most one line break after the last.
 */
const BLOCK = /^(?![ \n])[\n\x20-\x7e\u00a0-\u2027\u202a-\ufefe\uff00-\ufffd]*(?<![ \n])\n?$/;

const isPlain = (text: string): boolean => PLAIN.test(text) && !(text.length <= 5 && WORD.test(text));

/**
 * A key of a mapping, without its colon.
 *
 * @param mapping - Whose key it is, for the error.
 * @throws {@link Unwritable} if it is longer than a key may be.
 */
export function formatKey(key: string, mapping: object): string {
  const written = isPlain(key) ? key : quote(key);
  if (written.length > MAX_KEY_LENGTH)
    throw new Unwritable(mapping, `has a key of more than ${MAX_KEY_LENGTH} characters`);
  return written;
}

/**
 * Text as a value: plain where that is safe, as lines where it has several, otherwise in double quotes.
 *
 * @param newline - A newline and the blanks of the surrounding mapping or sequence.
 */
export function formatText(text: string, newline: string): string {
  if (isPlain(text)) return text;
  if (!text.includes("\n") || text.includes(" \n") || !BLOCK.test(text) || !text.isWellFormed()) return quote(text);
  const lines = text.endsWith("\n") ? text.slice(0, -1) : text;
  const indented = lines.replace(/\n(?!\n)/g, `${newline}  `);
  return `${lines === text ? "|-" : "|"}${newline}  ${indented}`;
}

function quote(text: string): string {
  if (!text.isWellFormed()) throw new Unwritable(text, "is no valid Unicode");
  return JSON.stringify(text).replace(TO_ESCAPE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** JSON has the same numbers, but YAML 1.1 wants a point before an exponent. */
export function formatNumber(value: number): string {
  const text = String(value);
  return text.includes("e") && !text.includes(".") ? text.replace("e", ".0e") : text;
}
